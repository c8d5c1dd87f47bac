import { vi } from 'vitest'

/** Asks again and again until the answer is truthy, and gives it; the error says what was waited for. */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  { timeout = 30_000, pause = 5 }: { timeout?: number; pause?: number } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const until = performance.now() + timeout
  for (;;) {
    const answer = await ask()
    if (answer) return answer as Exclude<T, false | null | undefined>
    if (performance.now() > until) throw new Error(`waited ${timeout} ms for this in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}

/** Makes assertions again and again until they hold; throws what they threw at last. */
export function holds(assertions: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(assertions, { timeout: 30_000, interval: 5 })
}
