import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { codeFolder } from '../package/index.ts'

/** What this package uses of the compiler `@swc/wasm-typescript`. */
export interface TypeScriptCompiler {
  /** @throws an object with `code`, `message`, `startLine` and `startColumn` for a source that is not TypeScript */
  transformSync(source: string, options: StripOptions): { readonly code: string }
}

interface StripOptions {
  /** `transform` also generates code for enums, namespaces and parameter properties. */
  readonly mode: 'strip-only' | 'transform'
  readonly filename?: string
  /** Whether the source is a module. Default: as its text says. */
  readonly module?: boolean
  readonly transform?: { readonly verbatimModuleSyntax: boolean }
}

let compiler: TypeScriptCompiler | undefined

/** Loads the compiler at the first call, which takes 50 ms. */
export function loadTypeScript(): TypeScriptCompiler {
  // The package of the compiler has its WebAssembly in 3.6 MB of JavaScript. The build has a copy that loads in a quarter of the time.
  compiler ??= createRequire(import.meta.url)(
    import.meta.url.endsWith('.ts')
      ? '@swc/wasm-typescript'
      : fileURLToPath(new URL('typescript/wasm.cjs', codeFolder)),
  ) as TypeScriptCompiler
  return compiler
}
