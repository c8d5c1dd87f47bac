import { afterAll } from 'vitest'
import { skipExcludedTests } from './exclude.ts'
import { TestFile } from './test-file.ts'
import { runTestsInProcesses } from './test-process.ts'

/** Setup of one test file. A setup file of vitest calls it; the plugin adds that file. */
export async function setupTestFile(): Promise<void> {
  const file = await TestFile.begin()
  runTestsInProcesses(file)
  skipExcludedTests()
  afterAll(() => file.end())
}
