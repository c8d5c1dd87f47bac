/** Value, or promise of a value. A plain value is used at once, without a turn of the event loop. */
export type MaybePromise<T> = T | PromiseLike<T>

export function isThenable<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  return value !== null && typeof value === 'object' && typeof (value as PromiseLike<T>).then === 'function'
}
