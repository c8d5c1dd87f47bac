import {
  currentKernel,
  currentProcess,
  type Exports,
  exitReason,
  type Kernel,
  type LocalProcess,
  type Maybe,
  report,
  runInProcess,
} from '../../process/index.ts'
import { atom, ExitError, isTuple, normal, type Pid, type Term, tuple } from '../../term/index.ts'
import { terminateProcess } from '../child/index.ts'
import { exitText, isNormalExit } from '../server/index.ts'

/** A part of a program that is started and stopped as a whole. Made by {@link Application.define}. */
export interface ApplicationSpec {
  readonly name: string
  /** The modules whose functions may be called by name, from this node and from others: `{ Chat }`. */
  readonly modules?: Readonly<Record<string, Exports>>
  /** Values for {@link Application.getEnv}, where nobody has set others before. */
  readonly env?: Readonly<Record<string, unknown>>
  /** Starts the supervisor at the top, linked, and returns its pid. Left out by one that only brings modules. */
  readonly start?: () => Maybe<Pid>
  /** Called when all of its processes have ended. */
  readonly stop?: () => Maybe<unknown>
}

interface Started {
  readonly spec: ApplicationSpec
  readonly master: LocalProcess
  readonly top: Pid | undefined
}

interface Applications {
  /** In the order in which they were started. */
  readonly started: Map<string, Started>
  readonly env: Map<string, Map<string, unknown>>
  /** Done when those that are ending have ended. */
  ending: Promise<unknown>
}

const tables = new WeakMap<Kernel, Applications>()
const EXIT = atom('EXIT')

function applicationsOf(kernel: Kernel): Applications {
  const known = tables.get(kernel)
  if (known) return known
  const made: Applications = { started: new Map(), env: new Map(), ending: Promise.resolve() }
  tables.set(kernel, made)
  return made
}

/** How long a program that was told to end waits for its applications, in milliseconds. */
const STOP_TIMEOUT = 30_000
const stopping = new Set<Kernel>()

/**
 * A part of a program: its modules, its environment and its tree of processes.
 *
 * When not to use it: in a script. A supervisor may be started anywhere.
 */
export const Application = {
  /** Says what an application is made of. It is checked when it is started. */
  define(spec: ApplicationSpec): ApplicationSpec {
    return spec
  },

  /**
   * Starts an application: makes its modules callable, fills in its environment, and starts its processes. When the program
   * is told to end (SIGTERM), the applications are stopped in reverse order first. A program that listens to SIGTERM
   * itself, before this, is not ended: it calls {@link Application.stopAll}.
   *
   * @throws ExitError when its supervisor does not start, or it is started already
   * @see `Application.start/2`
   */
  async start(spec: ApplicationSpec): Promise<void> {
    const kernel = currentKernel()
    const { started, env } = applicationsOf(kernel)
    if (started.has(spec.name))
      throw new ExitError(tuple(atom('already_started'), atom(spec.name)), { self: kernel.name })
    for (const [name, exports] of Object.entries(spec.modules ?? {})) kernel.modules.define(name, exports)
    const values = env.get(spec.name) ?? new Map<string, unknown>()
    env.set(spec.name, values)
    for (const [key, value] of Object.entries(spec.env ?? {})) if (!values.has(key)) values.set(key, value)
    started.set(spec.name, await startMaster(kernel, spec))
    stopAtTheEnd(kernel)
  },

  /** Stops an application: its processes end in reverse order. False when it was not started. @see `Application.stop/1` */
  async stop(name: string): Promise<boolean> {
    const { started } = applicationsOf(currentKernel())
    const application = started.get(name)
    if (!application) return false
    started.delete(name)
    await stop(application)
    return true
  },

  /** Stops all applications, the last one that was started first. */
  async stopAll(): Promise<void> {
    await stopAll(currentKernel())
  },

  /** The names of the applications that are started, the youngest first. @see `Application.started_applications/0` */
  startedApplications(): string[] {
    return [...applicationsOf(currentKernel()).started.keys()].reverse()
  },

  /** A value of an application's environment, or `fallback` where there is none. @see `Application.get_env/3` */
  getEnv<T = unknown>(name: string, key: string, fallback?: T): T {
    const values = applicationsOf(currentKernel()).env.get(name)
    return (values?.has(key) ? values.get(key) : fallback) as T
  },

  /** Sets a value of an application's environment; it may be started later. @see `Application.put_env/3` */
  putEnv(name: string, key: string, value: unknown): void {
    const { env } = applicationsOf(currentKernel())
    const values = env.get(name) ?? new Map<string, unknown>()
    env.set(name, values.set(key, value))
  },

  /** All of an application's environment. @see `Application.get_all_env/1` */
  getAllEnv(name: string): Record<string, unknown> {
    return Object.fromEntries(applicationsOf(currentKernel()).env.get(name) ?? [])
  },
} as const

// A process of its own starts the tree and is linked to it: it outlives whoever asked, and sees the tree end.
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

// Who asks while they are ending waits for the end too.
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

// A second signal, or a tree that does not end, ends the program as it is.
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
