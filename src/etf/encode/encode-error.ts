import { ElixirError, ImproperList, NativeRecord, TermMap, TupleClass } from '../../term/index.ts'

/**
 * The error for a value that is not a term.
 *
 * `path` is the path from the encoded value to the value that is not a term, in JavaScript notation (`user.created`,
 * `[2].when`). It is empty when they are the same value.
 */
export class EncodeError extends TypeError {
  readonly code = 'ETF_ENCODE'
  readonly path: string

  constructor(path: string, problem: string) {
    super(`cannot send ${path || 'the term'}: ${problem}`)
    this.name = 'EncodeError'
    this.path = path
  }
}

/** Thrown while a term is written, when the path to the value is not known. {@link encodeErrorFor} finds the path. @internal */
export class NotATerm extends Error {
  readonly value: unknown

  constructor(value: unknown, problem: string) {
    super(problem)
    this.value = value
  }
}

/** Returns the error for a value that is not a term, with the path to it. */
export function encodeErrorFor(
  term: unknown,
  name: string | undefined,
  { value, message }: NotATerm,
): EncodeError {
  const path = (name ?? '') + pathTo(term, value)
  const { stackTraceLimit } = Error
  try {
    // By default V8 keeps 10 frames, which may all be frames of this package.
    if (stackTraceLimit > 0) Error.stackTraceLimit = Math.max(stackTraceLimit, 40)
    return new EncodeError(path.startsWith('.') ? path.slice(1) : path, message)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** A value on the way to the wanted one, and the label that leads to it. */
interface Step {
  readonly value: unknown
  readonly from: Step | undefined
  readonly label: string
}

// Searches in the order of writing, so it finds the value at which writing stopped. No recursion: a term may be deep.
function pathTo(term: unknown, wanted: unknown): string {
  const visited = new Set<unknown>()
  const stack: Step[] = [{ value: term, from: undefined, label: '' }]
  for (let step = stack.pop(); step; step = stack.pop()) {
    if (Object.is(step.value, wanted)) return pathOf(step)
    if (typeof step.value !== 'object' || step.value === null || visited.has(step.value)) continue
    visited.add(step.value)
    const from = step
    for (const [label, value] of children(step.value).reverse()) stack.push({ value, from, label })
  }
  return ''
}

function pathOf(step: Step): string {
  const labels: string[] = []
  for (let at: Step | undefined = step; at; at = at.from) labels.push(at.label)
  // Of a path of a million labels, only both ends are shown.
  if (labels.length > 40) labels.splice(20, labels.length - 40, '…')
  return labels.reverse().join('')
}

function children(value: object): [string, unknown][] {
  if (value instanceof TupleClass) return indexed(value.elements)
  if (Array.isArray(value)) return indexed(value)
  if (value instanceof ImproperList) return [...indexed(value.items), ['.tail', value.tail]]
  if (value instanceof NativeRecord) return value.fields.map(([field, of]) => [property(field.name), of])
  if (value instanceof Map || value instanceof TermMap)
    return [...value].flatMap(([key, of], i): [string, unknown][] => [
      [`.keys()[${i}]`, key],
      [typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `.values()[${i}]`, of],
    ])
  const fields = value instanceof ElixirError ? value.fields : value
  const prototype = Object.getPrototypeOf(fields)
  if (prototype !== Object.prototype && prototype !== null) return []
  return Object.entries(fields).map(([key, of]) => [property(key), of])
}

function indexed(values: readonly unknown[]): [string, unknown][] {
  return values.map((value, i) => [`[${i}]`, value])
}

function property(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
