import { register } from 'node:module'
import { loaderHooks } from '../worker/index.ts'

let registered = false

/**
 * Registers the hooks of `typescript-hooks.ts` with Node.js's module loader, in this thread and in the workers that are started
 * later. From then on the program can import TypeScript files, and import changed files again. A second call does nothing.
 */
export function registerTypeScriptHooks(): void {
  if (registered) return
  registered = true
  const hooks = new URL('./typescript-hooks.js', import.meta.url).href
  register(hooks, { data: { since: Date.now() } })
  loaderHooks.add(hooks)
}
