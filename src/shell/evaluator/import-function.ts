import { join } from 'node:path'
import { constants, Script } from 'node:vm'
import { IMPORT_KEY } from './transform-source.ts'

type Import = (specifier: string, options?: ImportCallOptions) => Promise<unknown>

/**
 * Defines the function that the imports of inputs are rewritten to, under {@link IMPORT_KEY} on the global object. It resolves
 * specifiers as a file of the folder does.
 *
 * @param onImport called with the specifier of each import, before the import
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
