/**
 * Returns whom to greet.
 *
 * ```ts
 * hello() //=> 'world'
 * ```
 */
export function hello(): string {
  return 'world'
}
