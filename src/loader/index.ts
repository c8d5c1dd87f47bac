/** TypeScript files as modules: their types are removed, and changed files can be imported again. */

export { importedBy, versionOf } from './file-versions.ts'
export { loaderHooks, registerTypeScriptHooks } from './register-typescript-hooks.ts'
