import { register } from 'node:module'
import { codeFolder } from '../package/index.ts'

/** URLs of module loader hooks to register in every worker thread. Node.js does not pass them to threads. */
export const loaderHooks: Set<string> = new Set()

let registered = false

/**
 * Registers the hooks of `typescript-hooks.ts` with Node.js's module loader, in this thread and in the workers that are started
 * later. From then on the program can import TypeScript files, and import changed files again. A second call does nothing. Where
 * this package itself runs from its source, as in its tests, the program has a loader of TypeScript already.
 */
export function registerTypeScriptHooks(): void {
  if (registered || import.meta.url.endsWith('.ts')) return
  registered = true
  const hooks = new URL('loader/typescript-hooks.js', codeFolder).href
  register(hooks, { data: { since: Date.now() } })
  loaderHooks.add(hooks)
}

/**
 * Makes {@link registerTypeScriptHooks} do nothing where Node.js itself imports TypeScript files (22.18 and later), which takes less time.
 * For programs that import no changed file again.
 */
export function preferNativeTypeScript(): void {
  const { typescript = false } = process.features as { readonly typescript?: string | false }
  if (typescript !== false) registered = true
}
