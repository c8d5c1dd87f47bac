/** Base class of the maps of the machine, for code that only reads and compares them. */
export abstract class MapValue {
  abstract readonly size: number
  /** The keys, sorted. */
  abstract keys(): unknown[]
  /** The values, in the order of their keys. */
  abstract values(): unknown[]
}
