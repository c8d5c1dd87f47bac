import {
  currentKernel,
  currentProcess,
  type Exports,
  exitReason,
  type Kernel,
  type LocalProcess,
  type MaybePromise,
  report,
  runInProcess,
} from '../../process/index.ts'
import {
  atom,
  ExitError,
  type Floats,
  floatsOption,
  isTuple,
  normal,
  type Pid,
  type Term,
  tuple,
} from '../../term/index.ts'
import { terminateProcess } from '../child/index.ts'
import { exitText, isNormalExit } from '../server/index.ts'
import { noteFile } from './application-file.ts'
import { ApplicationEnvironments, type Config } from './environment.ts'
import type { DecisionFor } from './floats-decision.ts'

/** Part of a program that is started and stopped as a whole. Made by {@link Application.define}. */
export interface ApplicationSpec {
  readonly name: string
  /** What the application is, for people. */
  readonly description?: string
  readonly version?: string
  /** The modules whose functions can be called by name, from this node and from others: `{ Chat }`. */
  readonly modules?: Readonly<Record<string, Exports>>
  /**
   * What a float without a fraction is in an argument from a BEAM node: `'exact'`, a `Float`, or `'number'`, for functions that
   * compare numbers. Default: `'exact'`.
   */
  readonly floats?: Floats | undefined
  /** Values for {@link Application.getEnv}. The configuration files and {@link Application.putEnv} override them. */
  readonly env?: Readonly<Record<string, unknown>>
  /** Starts the top supervisor, linked, and returns its pid. An application without processes has no `start`. */
  readonly start?: () => MaybePromise<Pid>
  /** Called after all processes of the application have ended. */
  readonly stop?: () => MaybePromise<unknown>
}

interface Started {
  readonly spec: ApplicationSpec
  readonly master: LocalProcess
  readonly top: Pid | undefined
}

interface Applications {
  /** In the order in which they were started. */
  readonly started: Map<string, Started>
  readonly env: ApplicationEnvironments
  /** Settles when the applications that are being stopped have ended. */
  ending: Promise<unknown>
}

const tables = new WeakMap<Kernel, Applications>()
const EXIT = atom('EXIT')

function applicationsOf(kernel: Kernel): Applications {
  const known = tables.get(kernel)
  if (known) return known
  const made: Applications = {
    started: new Map(),
    env: new ApplicationEnvironments(),
    ending: Promise.resolve(),
  }
  tables.set(kernel, made)
  return made
}

/** Milliseconds that a program waits for its applications after SIGTERM. */
const STOP_TIMEOUT = 30_000
const stopping = new Set<Kernel>()

/**
 * Part of a program: its modules, its environment and its tree of processes.
 *
 * When not to use it: in a script. A supervisor can be started anywhere.
 */
export const Application = {
  /**
   * Defines an application. The definition is checked when the application is started.
   *
   * Where a function of the modules takes a `number`, the option `floats` is required: see {@link FloatsDecision}.
   */
  define<const M extends Readonly<Record<string, Exports>> = Record<never, never>>(
    spec: ApplicationSpec & { readonly modules?: M } & DecisionFor<M>,
  ): ApplicationSpec {
    noteFile(spec, Application.define)
    return spec
  },

  /**
   * Starts an application: makes its modules callable, sets its environment, and starts its processes. At SIGTERM the
   * applications are stopped in reverse order before the program ends. A program that listens to SIGTERM before the first
   * start is not ended; it calls {@link Application.stopAll} itself.
   *
   * @throws ExitError when the top supervisor does not start, or the application is started already; TypeError when a module
   *   defines a function that the node or another application has defined
   * @see `Application.start/2`
   */
  async start(spec: ApplicationSpec): Promise<void> {
    const kernel = currentKernel()
    const { started, env } = applicationsOf(kernel)
    const floats = floatsOption(spec.floats, `the application ${spec.name}`)
    if (started.has(spec.name))
      throw new ExitError(tuple(atom('already_started'), atom(spec.name)), { self: kernel.name })
    const modules = spec.modules ?? {}
    await kernel.beforeDefine(Object.keys(modules))
    for (const [name, exports] of Object.entries(modules))
      kernel.modules.define(name, exports, `the application ${spec.name}`, floats)
    env.setDefaults(spec.name, spec.env ?? {})
    started.set(spec.name, await startMaster(kernel, spec))
    stopAtTheEnd(kernel)
  },

  /**
   * Stops an application: its processes end in reverse order. Returns false when it was not started. @see
   * `Application.stop/1`
   */
  async stop(name: string): Promise<boolean> {
    const { started } = applicationsOf(currentKernel())
    const application = started.get(name)
    if (!application) return false
    started.delete(name)
    await stop(application)
    return true
  },

  /** Stops all applications in reverse order of their starts. */
  async stopAll(): Promise<void> {
    await stopAll(currentKernel())
  },

  /** Returns the definition of a started application; undefined for any other name. @see `Application.spec/1` */
  spec(name: string): ApplicationSpec | undefined {
    return applicationsOf(currentKernel()).started.get(name)?.spec
  },

  /**
   * Returns the pid of the master of a started application, the process that has started its tree; undefined for any other name.
   *
   * @see `application_controller:get_master/1`
   */
  master(name: string, kernel: Kernel = currentKernel()): Pid | undefined {
    return applicationsOf(kernel).started.get(name)?.master.pid
  },

  /** Returns the names of the started applications, the youngest first. @see `Application.started_applications/0` */
  startedApplications(): string[] {
    return [...applicationsOf(currentKernel()).started.keys()].reverse()
  },

  /** Returns a value of the environment of an application, or `fallback`. @see `Application.get_env/3` */
  getEnv: getEnv as GetEnv,

  /**
   * Returns `{ ok: value }`, or undefined when the application has no such value. @see `Application.fetch_env/2`
   */
  fetchEnv: fetchEnv as FetchEnv,

  /**
   * Returns a value of the environment of an application.
   *
   * @throws ElixirError (an ArgumentError) when it has no such value
   * @see `Application.fetch_env!/2`
   */
  fetchEnvOrThrow: fetchEnvOrThrow as FetchEnvOrThrow,

  /**
   * Sets a value of the environment of an application, which may be started later, on this node.
   *
   * @see `Application.put_env/3`
   */
  putEnv: putEnv as PutEnv,

  /** Returns the environment of an application. @see `Application.get_all_env/1` */
  getAllEnv(name: string): Record<string, unknown> {
    return applicationsOf(currentKernel()).env.all(name)
  },
} as const

// The first overload of each type is for keys that the program has declared in Config.
type ConfiguredName = keyof Config & string
type ConfiguredKey<A extends ConfiguredName> = keyof Config[A] & string

interface GetEnv {
  <A extends ConfiguredName, K extends ConfiguredKey<A>>(
    name: A,
    key: K,
    fallback?: Config[A][K],
  ): Config[A][K]
  <T = unknown>(name: string, key: string, fallback?: T): T
}

interface FetchEnv {
  <A extends ConfiguredName, K extends ConfiguredKey<A>>(
    name: A,
    key: K,
  ): { readonly ok: Config[A][K] } | undefined
  <T = unknown>(name: string, key: string): { readonly ok: T } | undefined
}

interface FetchEnvOrThrow {
  <A extends ConfiguredName, K extends ConfiguredKey<A>>(name: A, key: K): Config[A][K]
  <T = unknown>(name: string, key: string): T
}

interface PutEnv {
  <A extends ConfiguredName, K extends ConfiguredKey<A>>(name: A, key: K, value: Config[A][K]): void
  (name: string, key: string, value: unknown): void
}

function getEnv(name: string, key: string, fallback?: unknown): unknown {
  const found = fetchEnv(name, key)
  return found ? found.ok : fallback
}

function fetchEnv(name: string, key: string): { readonly ok: unknown } | undefined {
  return applicationsOf(currentKernel()).env.fetch(name, key)
}

function fetchEnvOrThrow(name: string, key: string): unknown {
  const { env } = applicationsOf(currentKernel())
  const found = env.fetch(name, key)
  if (found) return found.ok
  throw env.missing(name, key)
}

function putEnv(name: string, key: string, value: unknown): void {
  applicationsOf(currentKernel()).env.put(name, key, value)
}

// The master process starts the tree and is linked to it. It outlives the process that started the application, and reports
// the exit of the tree.
function startMaster(kernel: Kernel, spec: ApplicationSpec): Promise<Started> {
  const caller = currentProcess()
  return new Promise((resolve, reject) => {
    const failed = (reason: Term): void => {
      if (caller?.alive !== false) reject(new ExitError(reason, { self: kernel.name }))
    }
    const master = kernel.create({ groupLeader: caller?.groupLeader, label: `application ${spec.name}` })
    master.trapExit = true
    master.onExit(failed)
    master.begin(async () => {
      const top = await spec.start?.()
      master.offExit(failed)
      master.handle((message) => watch(message, kernel, spec, top))
      resolve({ spec, master, top })
    })
  })
}

function watch(message: Term, kernel: Kernel, spec: ApplicationSpec, top: Pid | undefined): void {
  if (!isTuple(message) || message.elements[0] !== EXIT || message.elements[1] !== top) return
  const { started } = applicationsOf(kernel)
  const application = started.get(spec.name)
  if (!application) return
  started.delete(spec.name)
  const reason = message.elements[2] as Term
  const level = isNormalExit(reason) ? 'notice' : 'error'
  report({ kernel, level, text: `Application ${spec.name} exited: ${exitText(reason, kernel)}`, reason })
  void stop({ ...application, top: undefined })
}

async function stop({ spec, master, top }: Started): Promise<void> {
  if (top && master.kernel.process(top)) await terminateProcess(top, Number.POSITIVE_INFINITY, master)
  try {
    await runInProcess(master, () => spec.stop?.())
  } catch (thrown) {
    const { kernel } = master
    const reason = exitReason(thrown)
    const text = `The stop function of application ${spec.name} failed: ${exitText(reason, kernel)}`
    report({ kernel, level: 'error', text, reason })
  }
  master.exit(normal)
}

// A call during a stop waits for the end of that stop.
function stopAll(kernel: Kernel): Promise<unknown> {
  const applications = applicationsOf(kernel)
  applications.ending = applications.ending.then(async () => {
    for (const application of [...applications.started.values()].reverse()) {
      applications.started.delete(application.spec.name)
      await stop(application)
    }
  })
  return applications.ending
}

// A second signal, or a tree that does not end in time, ends the program at once.
function stopAtTheEnd(kernel: Kernel): void {
  if (process.listenerCount('SIGTERM') === 0) process.once('SIGTERM', () => void endProgram())
  stopping.add(kernel)
}

async function endProgram(): Promise<void> {
  setTimeout(() => process.exit(1), STOP_TIMEOUT).unref()
  for (const kernel of stopping) {
    await stopAll(kernel)
    await kernel.stopNode()
  }
  process.exit(0)
}
