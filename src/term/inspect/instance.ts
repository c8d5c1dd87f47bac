import { EventEmitter } from 'node:events'
import { inspect as nodeInspect, types } from 'node:util'

/** The number of fields of an instance that are shown. */
const MAX_FIELDS = 10
const MAX_TEXT = 200

/** What is shown of a value that is not a term: its class, and some of its fields. */
export interface Instance {
  readonly className: string
  readonly fields: readonly (readonly [name: string, value: unknown])[]
  /** Whether the value has more than these fields. */
  readonly hasMore: boolean
}

/** Classes whose instances are shown by their class name only. */
const hidden = new WeakSet<object>()

/**
 * Hides the fields of the instances of these classes, in `inspect` and in `console.log`: they are shown as `#Kernel<...>`.
 * For objects of the runtime: their fields refer to the whole runtime, and do not help a reader of a report.
 */
export function hideFields(...classes: readonly { readonly prototype: object }[]): void {
  for (const { prototype } of classes) {
    hidden.add(prototype)
    Object.defineProperty(prototype, nodeInspect.custom, {
      configurable: true,
      value(this: object) {
        return `#${classNameOf(this)}<...>`
      },
    })
  }
}

/** Returns the text of a function, a symbol, NaN, an infinity, a Date or a RegExp as Node.js shows it; undefined for others. */
export function plainText(value: unknown): string | undefined {
  if (typeof value === 'object' && !types.isDate(value) && !types.isRegExp(value)) return undefined
  // A function and a Date may have properties, which Node.js shows after the value.
  return nodeInspect(value, { depth: 0 })
    .replace(/ \{.*$/s, '')
    .slice(0, MAX_TEXT)
}

/**
 * Returns what is shown of an object that is not a term: its own enumerable data properties and the message of an error.
 * Functions, symbols, properties whose name begins with `_`, and the fields of sockets and other event emitters are left
 * out. No getter is called.
 */
export function describeInstance(value: object): Instance {
  const className = classNameOf(value)
  try {
    const own = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(
      ([, { enumerable }]) => enumerable,
    )
    const shown = isOpaque(value)
      ? []
      : own.filter(([name, field]) => !name.startsWith('_') && 'value' in field && isPlain(field.value))
    const fields = shown.slice(0, MAX_FIELDS).map(([name, field]) => [name, field.value] as const)
    return {
      className,
      fields: types.isNativeError(value) ? [['message', value.message], ...fields] : fields,
      hasMore: isOpaque(value) || own.length > fields.length,
    }
  } catch {
    // A Proxy may throw.
    return { className, fields: [], hasMore: true }
  }
}

function isOpaque(value: object): boolean {
  if (value instanceof EventEmitter || value instanceof EventTarget || ArrayBuffer.isView(value)) return true
  if (types.isPromise(value) || types.isWeakMap(value) || types.isWeakSet(value)) return true
  let prototype: object | null = Object.getPrototypeOf(value)
  while (prototype !== null && !hidden.has(prototype)) prototype = Object.getPrototypeOf(prototype)
  return prototype !== null
}

const isPlain = (value: unknown): boolean => typeof value !== 'function' && typeof value !== 'symbol'

function classNameOf(value: object): string {
  try {
    return (typeof value.constructor === 'function' && value.constructor.name) || 'Object'
  } catch {
    return 'Object'
  }
}
