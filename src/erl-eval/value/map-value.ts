/** What every map of the machine can tell of itself, for those who compare values and make none. */
export abstract class MapValue {
  abstract readonly size: number
  /** The keys, sorted. */
  abstract keys(): unknown[]
  /** The values, in the order of their keys. */
  abstract values(): unknown[]
}
