// The package that runs the tests of vitest. vitest/suite, which exports the same, prints that it is deprecated.
import { getFn, setFn } from '@vitest/runner'
import { aroundEach, type TestContext } from 'vitest'
import { currentProcess, type LocalProcess } from '../process/index.ts'
import { ExitError, shutdown, type Term } from '../term/index.ts'
import { type Resource, requireTestFile, type TestFile } from './test-file.ts'

const TEST = Symbol('the test that runs in this process')

/** A test that runs, and its process. */
export interface RunningTest {
  readonly process: LocalProcess
  readonly context: TestContext
  /** What ends with the test, the youngest last. */
  readonly resources: Resource[]
}

/** Runs each test of a file as a process of the file's kernel. */
export function runTestsInProcesses(file: TestFile): void {
  aroundEach(async (runTest, context) => {
    const { task } = context
    const process = file.kernel.create({ label: task.name })
    const test: RunningTest = { process, context, resources: [] }
    process.dictionary.set(TEST, test)
    const fn = getFn(task)
    // A test whose process has ended would wait without end: what it waits for never settles.
    const exited = new Promise<never>((_, reject) =>
      process.onExit((reason) => reject(exitError(process, reason))),
    )
    exited.catch(() => {})
    setFn(task, () => Promise.race([fn(), exited]))
    let release!: () => void
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    try {
      await new Promise<void>((resolve, reject) => {
        process.begin(() =>
          runTest()
            .then(resolve, reject)
            .then(() => released),
        )
      })
    } finally {
      setFn(task, fn)
      await endTest(file, test)
      release()
    }
  })
}

async function endTest(file: TestFile, { process, context, resources }: RunningTest): Promise<void> {
  const failed = context.task.result?.state === 'fail'
  const all = [...resources, ...file.resources]
  if (failed) for (const resource of all) resource.onFailure?.()
  process.exit(shutdown)
  file.clock.endSimulation()
  const errors: unknown[] = []
  for (const resource of resources.splice(0).reverse())
    await resource.end().catch((error: unknown) => errors.push(error))
  file.device.flush()
  if (errors.length > 0) throw errors[0]
}

/** As ExUnit shows the exit of a test's process. */
function exitError(process: LocalProcess, reason: Term): ExitError {
  const error = new ExitError(reason, { self: process.kernel.name })
  error.message = `** (EXIT from ${process.kernel.inspect(process.pid)}) ${error.message}`
  return error
}

/** Returns the test whose process the caller is; undefined in hooks of a whole file and in processes that a test has started. */
export function currentTest(): RunningTest | undefined {
  return currentProcess()?.dictionary.get(TEST) as RunningTest | undefined
}

/** Returns what ends with the current test, or with the file for code that belongs to no test. */
export function currentResources(caller: string): Resource[] {
  return currentTest()?.resources ?? requireTestFile(caller).resources
}

/** Returns the test of the caller. @throws Error outside of a test */
export function requireTest(caller: string): RunningTest {
  const test = currentTest()
  if (test) return test
  requireTestFile(caller)
  throw new Error(`${caller} was called outside of a test. Call it in a test, or in its beforeEach.`)
}

/** Returns the process of the caller. @throws Error that says what to do, where the tests are no processes */
export function requireTestProcess(caller: string): LocalProcess {
  const process = currentProcess()
  if (process) return process
  requireTestFile(caller)
  throw new Error(`${caller} was called outside of a test. Call it in a test, or in its beforeEach.`)
}
