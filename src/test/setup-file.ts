/** Setup file of vitest that the plugin adds: it runs before each test file. */

import { loadConfig } from '../config/index.ts'
// The build keeps what imports vitest in one file: the plugin lets vitest resolve its imports.
import { setupTestFile } from './setup.ts'

await loadConfig(process.cwd())
await setupTestFile()
