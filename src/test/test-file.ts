import { randomBytes, randomInt } from 'node:crypto'
import { type EpmdServer, startEpmd } from '../epmd/index.ts'
import { Application } from '../gen/index.ts'
import { startGroupLeader } from '../io/index.ts'
import { logReports } from '../logger/index.ts'
import { type RunningNode, startNode } from '../node/index.ts'
import { type Kernel, LocalKernel, runInProcess, setDefaultKernel } from '../process/index.ts'
import { type Atom, atom, normal, shutdown } from '../term/index.ts'
import { sendCapturedFunctions } from './captured-function.ts'
import { ConsoleDevice } from './console-device.ts'
import { NODE_VARIABLE, type TestNodeOptions } from './names.ts'
import { TestClock } from './test-clock.ts'

/** Name of the node of a test file for which `moebi test` has given none. */
const NODE = 'test@localhost'

/** Something that ends with a test, or with the test file. */
export interface Resource {
  /** Called when the test has failed, before the end. */
  onFailure?(): void
  end(): Promise<void>
}

/**
 * Processes of one test file: a kernel, on which the tests run. The kernel becomes a node when the first peer starts, or at the start of
 * the file for `moebi test --sname`.
 */
export class TestFile {
  static current: TestFile | undefined
  readonly clock: TestClock = new TestClock()
  readonly kernel: Kernel
  readonly device: ConsoleDevice = new ConsoleDevice((text) => console.log(text))
  /** What ends with the file, the youngest last. */
  readonly resources: Resource[] = []
  /** Number of calls of `captureLog` that have not ended. The log is not printed meanwhile. */
  logCaptures = 0
  /** The node of the tests; undefined before one was needed. */
  runningNode: RunningNode | undefined
  #node: Promise<RunningNode> | undefined
  #epmd: EpmdServer | undefined
  readonly #epmdPortBefore = process.env.ERL_EPMD_PORT
  #stopLog: () => void

  private constructor(name: string) {
    this.kernel = new LocalKernel({
      name: atom(name) as Atom,
      creation: randomInt(4, 2 ** 32),
      clock: this.clock,
    })
    this.kernel.user = startGroupLeader(this.kernel, this.device).pid
    this.#stopLog = logReports(this.kernel, this.#log)
  }

  /** Starts the processes of a test file. @throws Error when the node of `moebi test` cannot be started */
  static async begin(): Promise<TestFile> {
    const given = process.env[NODE_VARIABLE]
    const options = given === undefined ? undefined : (JSON.parse(given) as TestNodeOptions)
    const file = new TestFile(options?.name ?? NODE)
    TestFile.current = file
    setDefaultKernel(file.kernel)
    if (options) await file.#startNode(options)
    return file
  }

  /** Returns the node of the tests. The first call starts it, with an epmd and a cookie that only this file uses. */
  node(): Promise<RunningNode> {
    this.#node ??= this.#startOwnNode()
    return this.#node
  }

  /** Ends everything that was started on the kernel, the applications first. */
  async end(): Promise<void> {
    for (const resource of this.resources.splice(0).reverse()) await resource.end()
    const process = this.kernel.createEphemeral('end of the test file')
    await runInProcess(process, () => Application.stopAll())
    process.exit(normal)
    this.clock.endSimulation()
    const node = await this.#node?.catch(() => undefined)
    await node?.stop()
    for (const left of this.kernel.processes()) left.exit(shutdown)
    this.#stopLog()
    this.device.flush()
    await this.#endEpmd()
    setDefaultKernel(undefined)
    if (TestFile.current === this) TestFile.current = undefined
  }

  async #startOwnNode(): Promise<RunningNode> {
    this.#epmd = await startEpmd({ port: 0, addresses: ['127.0.0.1'] })
    process.env.ERL_EPMD_PORT = String(this.#epmd.port)
    return this.#startNode({ name: NODE, cookie: randomBytes(16).toString('hex') })
  }

  #startNode(options: TestNodeOptions): Promise<RunningNode> {
    const nodeOptions = { ...options, device: this.device, log: this.#log }
    this.#node = startNode(nodeOptions, () => this.kernel).then((node) => {
      this.#stopLog()
      this.#stopLog = () => {}
      sendCapturedFunctions(node)
      this.runningNode = node
      return node
    })
    return this.#node
  }

  async #endEpmd(): Promise<void> {
    if (!this.#epmd) return
    await this.#epmd.close()
    if (this.#epmdPortBefore === undefined) delete process.env.ERL_EPMD_PORT
    else process.env.ERL_EPMD_PORT = this.#epmdPortBefore
  }

  readonly #log = (text: string): void => {
    if (this.logCaptures === 0) console.error(text.trim())
  }
}

/** Returns the test file that runs. @throws Error when the plugin is not installed */
export function requireTestFile(caller: string): TestFile {
  if (TestFile.current) return TestFile.current
  throw new Error(
    `${caller} needs the plugin of moebi/test, which gives every test a process. Add it to vitest.config.ts: ` +
      "import { moebi } from 'moebi/test/plugin' and plugins: [moebi()]. Or run the tests with npx moebi test.",
  )
}
