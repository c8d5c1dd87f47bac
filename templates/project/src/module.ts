/**
 * Returns whom to greet.
 *
 * ```ts
 * {{Name}}.hello() //=> 'world'
 * ```
 */
export function hello(): string {
  return 'world'
}
