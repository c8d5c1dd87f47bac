/** Setup file of vitest that the plugin adds: it runs before each test file. */
import { setupTestFile } from './setup.ts'

await setupTestFile()
