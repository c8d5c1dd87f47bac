import { register } from 'node:module'
import { loaderHooks } from '../worker/index.ts'

let registered = false

/** Lets this program import TypeScript files from here on, and again those that change. */
export function registerTypeScriptHooks(): void {
  if (registered) return
  registered = true
  const hooks = new URL('./typescript-hooks.js', import.meta.url).href
  register(hooks, { data: { since: Date.now() } })
  loaderHooks.add(hooks)
}
