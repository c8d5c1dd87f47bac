/**
 * A tuple: an immutable sequence of terms. Each element has its own type.
 *
 * Read the elements by destructuring (`const [tag, from] = t`) or through `elements`. `t[0]` works too, but is slow.
 * A tuple is not an array, since an array is a list of Erlang. Constructing an instance of a subclass of Array takes twenty times
 * as long.
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

// The type is also that of a read-only array. Its methods are called on the elements.
const arrayMethods = [
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
for (const name of arrayMethods)
  Object.defineProperty(TupleClass.prototype, name, {
    configurable: true,
    writable: true,
    value(this: TupleClass, ...args: unknown[]) {
      return (this.elements[name as 'at'] as (...args: unknown[]) => unknown).apply(this.elements, args)
    },
  })
// Destructuring calls the iterator, so this method has its own fast definition.
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
