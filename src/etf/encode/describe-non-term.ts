/** Returns a sentence for a value that is not a term: what it is, why it is not a term, and what to send instead. */
export function describeNonTerm(value: unknown): string {
  switch (typeof value) {
    case 'function':
      return `${named('the function', value.name)} cannot leave this node. Send the module and the name of an exported function instead, or an ExportFun.`
    case 'symbol':
      return `a symbol is not a term. Send atom(${JSON.stringify(value.description ?? 'name')}) instead.`
    case 'number':
      return `${value} is not a number of the BEAM, whose floats are finite. Send an atom or null instead.`
    default:
      return describeObject(value as object)
  }
}

function describeObject(value: object): string {
  if (value instanceof Date) return 'a Date is not a term. Send date.getTime() or date.toISOString() instead.'
  if (value instanceof Promise) return 'a Promise is not a term. Await it, and send its result.'
  if (value instanceof Error)
    return `${named('the error', value.name)} is not a term. Send error.message, or new ElixirError(module, { message }), instead.`
  if (value instanceof Set) return 'a Set is not a term. Send [...set] instead.'
  if (value instanceof RegExp) return 'a RegExp is not a term. Send regexp.source instead.'
  if (value instanceof URL) return 'a URL is not a term. Send url.href instead.'
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return 'an ArrayBuffer is not a term. Send new Uint8Array(buffer) instead.'
  if (ArrayBuffer.isView(value))
    return `${article(className(value))} is not a term. Send [...values] for numbers, or new Uint8Array(view.buffer, view.byteOffset, view.byteLength) for its bytes.`
  if (value instanceof Number || value instanceof String || value instanceof Boolean)
    return `${article(className(value))} object is not a term. Send value.valueOf() instead.`
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef)
    return `${article(className(value))} is not a term.`
  const name = className(value)
  if (terms.has(name))
    return `this ${name} was made by another copy of moebi, or in another realm. Install the package once.`
  return `an instance of ${name} is not a term. Send a plain object with its fields, such as { ...value }.`
}

/** The names of our own classes. */
const terms = new Set(
  'Atom BitString ElixirError ExportFun Float Fun ImproperList NativeRecord Object Pid Port Reference TermMap TupleClass'.split(
    ' ',
  ),
)

const named = (what: string, name: string): string => (name ? `${what} ${name}` : what)
const article = (name: string): string => `${/^[AEIOU](?!int)/.test(name) ? 'an' : 'a'} ${name}`

function className(value: object): string {
  const made = value.constructor
  return (typeof made === 'function' && made.name) || 'a class without a name'
}
