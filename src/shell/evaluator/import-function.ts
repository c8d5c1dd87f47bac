import { join } from 'node:path'
import { constants, Script } from 'node:vm'
import { IMPORT_KEY } from './transform-source.ts'

type Import = (specifier: string, options?: ImportCallOptions) => Promise<unknown>

/**
 * Lets inputs import as files of a folder do: what is behind {@link IMPORT_KEY} on the global object is what their imports were
 * rewritten to.
 *
 * @param onImport is told what is imported, before it is
 */
export function defineImportFunction(folder: string, onImport: (specifier: string) => void = () => {}): void {
  const load = new Script('(specifier, options) => import(specifier, options)', {
    filename: join(folder, 'moebi-shell.js'),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }).runInThisContext() as Import
  const value: Import = (specifier, options) => {
    onImport(String(specifier))
    return load(specifier, options)
  }
  Object.defineProperty(globalThis, Symbol.for(IMPORT_KEY), { value, configurable: true, writable: true })
}
