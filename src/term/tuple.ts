/**
 * A tuple: a fixed number of terms, typed one by one, that never changes.
 *
 * Take it apart by destructuring (`const [tag, from] = t`) or through `elements`; `t[0]` works too, but is slow.
 * It is a class of its own and not an array, since arrays are Erlang's lists. (A subclass of Array would be twenty
 * times as slow to make.)
 */
export type Tuple<T extends readonly unknown[] = readonly unknown[]> = Readonly<T> & TupleClass<T>

export class TupleClass<T extends readonly unknown[] = readonly unknown[]> {
  readonly elements: T

  constructor(elements: T) {
    this.elements = elements
  }

  get length(): T['length'] {
    return this.elements.length
  }

  toJSON(): T {
    return this.elements
  }
}

// What the type promises of a read-only array, the tuple passes on to its elements.
const passedOn = [
  'at',
  'concat',
  'entries',
  'every',
  'filter',
  'find',
  'findIndex',
  'flat',
  'flatMap',
  'forEach',
  'includes',
  'indexOf',
  'join',
  'keys',
  'lastIndexOf',
  'map',
  'reduce',
  'reduceRight',
  'slice',
  'some',
  'values',
] as const
for (const name of passedOn)
  Object.defineProperty(TupleClass.prototype, name, {
    configurable: true,
    writable: true,
    value(this: TupleClass, ...args: unknown[]) {
      return (this.elements[name as 'at'] as (...args: unknown[]) => unknown).apply(this.elements, args)
    },
  })
// Destructuring asks for it, so it is the one that has to be fast.
Object.defineProperty(TupleClass.prototype, Symbol.iterator, {
  configurable: true,
  writable: true,
  value(this: TupleClass) {
    return this.elements[Symbol.iterator]()
  },
})
const INDEXED = 32
for (let index = 0; index < INDEXED; index++)
  Object.defineProperty(TupleClass.prototype, index, {
    configurable: true,
    get(this: TupleClass) {
      return this.elements[index]
    },
  })

/**
 * Returns the tuple of these elements.
 *
 * @example tuple(atom('hi'), self())  // {:hi, #PID<0.42.0>}
 */
export function tuple<const T extends readonly unknown[]>(...elements: T): Tuple<T> {
  return new TupleClass(elements) as Tuple<T>
}

/** Whether a value is a tuple. */
export function isTuple(value: unknown): value is Tuple {
  return value instanceof TupleClass
}
