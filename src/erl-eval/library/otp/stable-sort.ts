import { type CallRequest, call } from '../../machine/index.ts'

/**
 * Sorts with a fun that returns whether its first argument may come before its second. Equal items keep their order.
 *
 * It is a merge sort, as in `lists`: the fun may have effects, so the order of its calls matters.
 */
export function* stableSort(items: unknown[], fn: unknown): Generator<CallRequest, unknown[], unknown> {
  if (items.length < 2) return items
  const middle = items.length >> 1
  const left = yield* stableSort(items.slice(0, middle), fn)
  const right = yield* stableSort(items.slice(middle), fn)
  const merged: unknown[] = []
  let i = 0
  let j = 0
  while (i < left.length && j < right.length)
    merged.push((yield call(fn, left[i], right[j])) === false ? right[j++] : left[i++])
  for (; i < left.length; i++) merged.push(left[i])
  for (; j < right.length; j++) merged.push(right[j])
  return merged
}
