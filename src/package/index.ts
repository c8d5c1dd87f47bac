/** Where this package lies on the disk. */

// This module lies two folders below the package, in the source and in the build, where modules are joined into dist/chunks.
/** URL of the folder of the code of this package: `src`, or `dist` when it was built. */
export const codeFolder: URL = new URL('../', import.meta.url)

/** URL of the folder of this package, with a slash at the end. */
export const packageFolder: URL = new URL('../../', import.meta.url)
