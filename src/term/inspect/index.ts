import './console.ts'

export { type InspectOptions, inspect } from './inspect.ts'
export { hideFields } from './instance.ts'
export { quoteAtom, quoteFunction } from './quote.ts'
