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
import { asReason, currentProcess, nameReferences, Process, requireProcess } from '../process/index.ts'
import { type Atom, atom, ExitError, isTuple, type Pid, type Term, tuple } from '../term/index.ts'
import { Thread } from './worker-thread.ts'

export interface WorkerOptions {
  /** First part of the name of the worker's node: `'crunch'` gives `crunch@localhost` when `alex@localhost` starts it. */
  readonly name: string
}

/** Definition of a worker. Created by {@link Worker.define}. */
export interface WorkerModule {
  /** Name of the worker's node, for `{ name, node }`. Its host is that of the current node. */
  readonly node: Atom
  /**
   * Starts the worker. Returns the pid of the local process that controls the thread. When that process ends, the thread ends.
   *
   * @throws ExitError with the reason why the application did not start, or `{:already_started, node}`
   */
  start(): Promise<Pid>
  /** Like {@link start}, with a link to the current process. @throws ExitError as {@link start} */
  startLink(): Promise<Pid>
  /** Returns a child spec for a supervisor. The default id is the name of the worker. */
  child(options?: Omit<ChildOptions, 'name'>): ChildSpec
}

const WORKER_ENDED = atom('worker_ended')

/**
 * A node in a thread of this program: for long computations, which would block all processes of this node, and for code that
 * must be stopped at once when it is killed.
 *
 * The worker is a hidden node. It is connected only to the node that started it. Links, monitors, calls and tasks work as
 * between any two nodes, and messages are copied. When the thread ends, processes that are linked to a process of the thread
 * get an exit signal with the reason `noconnection`.
 *
 * When not to use it: for work that waits for a disk, a network or a timer. A process does that at a ten-thousandth of the cost.
 */
export const Worker = {
  /**
   * Defines a worker.
   *
   * @param file path or URL of the file whose default export is the application. Its functions can be used in calls, as in `Task.Supervisor.async({ name: 'Crunch.Tasks', node: crunch.node }, sum, [1e9])`
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

/** Server that controls a thread. When one of the two ends, so does the other. */
const WorkerServer = GenServer.define({
  init: async ({ url, name }: { readonly url: string; readonly name: string }) => {
    const running = requireNode('Worker.start()')
    const process = currentProcess()!
    const self = process.pid
    const node = nodeOf(name)
    if (running.peers.connection(node))
      throw new ExitError(tuple(atom('already_started'), node), { self: running.kernel.name })
    Process.flag('trapExit', true)
    Process.setLabel(tuple(atom('worker'), node))
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
      ? stop(asReason(message.elements[1] as Term), thread)
      : noreply(thread),
  terminate: (_reason, thread) => thread.stop(),
})

function nodeOf(name: string): Atom {
  const host = requireNode('Worker').name.split('@')[1]
  return atom(`${name}@${host}`) as Atom
}

/** Names the functions of the application in this program, so that they can be used in calls to the worker. */
async function nameFunctions(url: string): Promise<void> {
  const { default: application } = (await import(url)) as { default?: ApplicationSpec }
  for (const [name, exports] of Object.entries(application?.modules ?? {})) nameReferences(name, exports)
}
