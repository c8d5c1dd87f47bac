/** TypeScript files as modules: their types are removed, and changed files can be imported again. */

export { importedBy, versionOf } from './file-versions.ts'
export { ImportError, importFile, lineInStack, locateError, showFile } from './import-file.ts'
export { loadTypeScript, type TypeScriptCompiler } from './load-typescript.ts'
export { loaderHooks, preferNativeTypeScript, registerTypeScriptHooks } from './register-typescript-hooks.ts'
