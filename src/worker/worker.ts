import { pathToFileURL } from 'node:url'
import {
  type ApplicationSpec,
  type ChildOptions,
  type ChildSpec,
  GenServer,
  noreply,
  stop,
} from '../gen/index.ts'
import { requireNode } from '../node/index.ts'
import { currentProcess, nameReferences, Process, requireProcess } from '../process/index.ts'
import { type Atom, atom, ExitError, isTuple, type Pid, type Term, tuple } from '../term/index.ts'
import { Thread } from './worker-thread.ts'

export interface WorkerOptions {
  /** The first part of its node's name: `'crunch'` is `crunch@localhost` beside `alex@localhost`. */
  readonly name: string
}

/** A worker that was defined. Made by {@link Worker.define}. */
export interface WorkerModule {
  /** Its node, for `{ name, node }`: on the host of the node whose code asks. */
  readonly node: Atom
  /**
   * Starts it, and returns the pid of the process that stands for it here: whoever ends that one ends the thread.
   *
   * @throws ExitError with the reason why its application did not start, or `{:already_started, pid}`
   */
  start(): Promise<Pid>
  /** Starts it, linked to the process whose code this is. @throws ExitError as {@link start} */
  startLink(): Promise<Pid>
  /** How a supervisor starts it. Its id is its name, unless one is given. */
  child(options?: Omit<ChildOptions, 'name'>): ChildSpec
}

const WORKER_ENDED = atom('worker_ended')

/**
 * A node in a thread of this program: a place for work that computes for long, which would keep everything else of this
 * node waiting, and for work that has to be killed for real.
 *
 * It is a hidden node that only the node that has started it can reach, and that reaches only that one. Links, monitors,
 * calls and tasks work as between any two nodes, and what is sent is copied. When the thread dies, everyone who is linked
 * to one of its processes hears `noconnection`.
 *
 * When not to use it: for work that waits, for a disk, a network, a timer. A process does that, and costs a ten-thousandth.
 */
export const Worker = {
  /**
   * Defines a worker.
   *
   * @param file the file that exports the application to run there as its default. Its functions may be named from here,
   *   as in `Task.Supervisor.async({ name: 'Crunch.Tasks', node: crunch.node }, sum, [1e9])`
   */
  define(file: string | URL, { name }: WorkerOptions): WorkerModule {
    const url = file instanceof URL ? file.href : pathToFileURL(file).href
    const start = (): Promise<Pid> => WorkerServer.start({ url, name })
    const startLink = (): Promise<Pid> => {
      requireProcess('startLink()')
      return WorkerServer.startLink({ url, name })
    }
    return {
      get node() {
        return nodeOf(name)
      },
      start,
      startLink,
      child: ({ id, ...options }: Omit<ChildOptions, 'name'> = {}) => ({
        id: id ?? name,
        start: startLink,
        ...options,
      }),
    }
  },
} as const

/** The process that stands for a thread. Its end is the thread's, and the other way round. */
const WorkerServer = GenServer.define({
  init: async ({ url, name }: { readonly url: string; readonly name: string }) => {
    const running = requireNode('Worker.start()')
    const process = currentProcess()!
    const self = process.pid
    const node = nodeOf(name)
    if (running.peers.connection(node))
      throw new ExitError(tuple(atom('already_started'), node), { self: running.kernel.name })
    Process.flag('trapExit', true)
    await nameFunctions(url)
    const thread = new Thread(running, node.name, url, (reason) =>
      running.kernel.send(self, self, tuple(WORKER_ENDED, reason)),
    )
    process.onExit(() => thread.kill())
    await thread.ready
    return thread
  },
  info: (message, thread) =>
    isTuple(message) && message.elements[0] === WORKER_ENDED
      ? stop(message.elements[1] as Term, thread)
      : noreply(thread),
  terminate: (_reason, thread) => thread.stop(),
})

function nodeOf(name: string): Atom {
  const host = requireNode('Worker').name.split('@')[1]
  return atom(`${name}@${host}`) as Atom
}

/** So that a function of the worker's can be named by itself here too. */
async function nameFunctions(url: string): Promise<void> {
  const { default: application } = (await import(url)) as { default?: ApplicationSpec }
  for (const [name, exports] of Object.entries(application?.modules ?? {})) nameReferences(name, exports)
}
