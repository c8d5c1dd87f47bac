import type { Cancel } from '../../clock/index.ts'
import { format } from '../../io/index.ts'
import { type Kernel, type LocalProcess, requireProcess } from '../../process/index.ts'
import {
  _,
  type Atom,
  atom,
  charlist,
  equals,
  match,
  normal,
  ok,
  on,
  Pid,
  type Reference,
  type Term,
  tuple,
} from '../../term/index.ts'
import { answer, GEN_CALL, GEN_CAST } from '../net-kernel/index.ts'
import { applicationTree } from './application-tree.ts'
import type { ToolHost } from './host.ts'
import { askErlang } from './node-report.ts'

export const APPMON_INFO: Atom = atom('appmon_info')
const APPLICATION = atom('application') as Atom
const WHICH_APPLICATIONS = atom('which_applications') as Atom
const APPLICATION_CONTROLLER = atom('application_controller') as Atom
const GET_MASTER = atom('get_master') as Atom
const EXIT = atom('EXIT')
const AT_MOST_ONCE = atom('at_most_once')
const DO_IT = atom('do_it')
const DELIVERY = atom('delivery')
/** Milliseconds between two looks at what a client has asked for. */
const INTERVAL = 2_000

/** What a client is told again each time it changes. */
interface Task {
  readonly ref: Reference
  readonly command: Atom
  readonly argument: Term
  readonly client: Pid
  options: ReadonlyMap<string, Term>
  last: Term
  cancel: Cancel | undefined
}

async function masterOf(kernel: Kernel, name: Term): Promise<Pid | undefined> {
  const master = await kernel.apply(APPLICATION_CONTROLLER, GET_MASTER, [name])
  return master instanceof Pid ? master : undefined
}

/** Returns the value of a request of a client. */
type Calculate = (host: ToolHost, argument: Term) => Promise<Term> | Term

const commands: Readonly<Record<string, Calculate>> = {
  app_ctrl: async ({ kernel }) => {
    const started = (await kernel.apply(APPLICATION, WHICH_APPLICATIONS, [])) as Term[]
    const entries = await Promise.all(
      started.map(async (entry) => {
        const [name] = (entry as { elements: readonly Term[] }).elements
        const master = await masterOf(kernel, name)
        return master ? [tuple(master, name, entry)] : []
      }),
    )
    return entries.flat()
  },
  app: async ({ kernel }, name) => {
    const master = await masterOf(kernel, name)
    return master ? applicationTree(kernel, master) : tuple([], [], [], [])
  },
  pinfo: async (host, pid) => {
    const self = host.kernel.name
    const info = pid instanceof Pid ? await askErlang(host, 'process_info', pid) : []
    return charlist(format('Node: ~p, Process: ~p~n~p~n~n', [self, pid, info], { self }) ?? '')
  },
}

/**
 * The server `appmon_info` of Erlang's `runtime_tools`: tells the tab Applications of `observer` which applications run, and of which
 * processes they consist. It ends with its last client.
 */
class ApplicationMonitor {
  readonly process: LocalProcess
  readonly #host: ToolHost
  readonly #starter: Term
  readonly #clients = new Set<Pid>()
  readonly #tasks: Task[] = []

  constructor(host: ToolHost, starter: Term) {
    const { kernel } = host
    this.#host = host
    this.#starter = starter
    this.process = kernel.create({ label: APPMON_INFO.name })
    this.process.trapExit = true
    const { origin } = requireProcess('appmon_info:start_link2')
    this.process.origin = {
      initialCall: { module: APPMON_INFO, name: atom('init') as Atom, arity: 1 },
      ancestors: [],
      peer: origin?.peer,
    }
    this.process.handle((message) => this.#handle(message))
    this.process.onExit(() => {
      for (const task of this.#tasks) task.cancel?.()
    })
    kernel.register(this.process, APPMON_INFO)
  }

  addClient(client: Pid): void {
    this.#clients.add(client)
    this.process.links.link(client)
  }

  #handle(message: Term): void | Promise<void> {
    return match(
      message,
      on([GEN_CAST, [_.pid, _.atom, _, _, _]], ([, [client, command, argument, enabled, options]]) => {
        const old = this.#remove(
          client,
          (task) => task.command === command && equals(task.argument, argument),
        )
        if (enabled !== true) return undefined
        const task: Task = {
          ref: this.#host.kernel.makeRef(),
          command,
          argument,
          client,
          options: new Map([...(old?.options ?? []), ...optionsOf(options)]),
          last: undefined,
          cancel: undefined,
        }
        this.#tasks.push(task)
        return this.#work(task)
      }),
      on([GEN_CALL, [_.pid, _], [atom('register_client'), _.pid]], ([, client, [, pid]]) => {
        this.addClient(pid)
        answer(this.process, client, ok)
      }),
      on([EXIT, _.pid, _], ([, pid, reason]) => {
        if (pid === this.#starter) return this.process.exit(reason)
        this.#remove(pid, () => true)
        this.#clients.delete(pid)
        if (this.#clients.size === 0) this.process.exit(normal)
      }),
      on([DO_IT, _.ref], ([, ref]) => {
        const task = this.#tasks.find((each) => each.ref === ref)
        return task && this.#work(task)
      }),
      on(_, () => {}),
    )
  }

  #remove(client: Pid, matches: (task: Task) => boolean): Task | undefined {
    let removed: Task | undefined
    for (let at = this.#tasks.length - 1; at >= 0; at--) {
      const task = this.#tasks[at]!
      if (task.client !== client || !matches(task)) continue
      task.cancel?.()
      this.#tasks.splice(at, 1)
      removed = task
    }
    return removed
  }

  async #work(task: Task): Promise<void> {
    const { command, argument, client, options } = task
    const calculate = Object.hasOwn(commands, command.name) ? commands[command.name] : undefined
    const result = (await calculate?.(this.#host, argument)) ?? argument
    if (!this.#tasks.includes(task)) return
    const { kernel } = this.#host
    if (!equals(result, task.last))
      kernel.send(this.process.pid, client, tuple(DELIVERY, this.process.pid, command, argument, result))
    task.last = result
    const interval = options.get('timeout') ?? INTERVAL
    if (interval === AT_MOST_ONCE) this.#tasks.splice(this.#tasks.indexOf(task), 1)
    else if (typeof interval === 'number')
      task.cancel = kernel.clock.schedule(interval, () => this.process.deliver(tuple(DO_IT, task.ref)))
  }
}

function optionsOf(options: Term): [string, Term][] {
  if (!Array.isArray(options)) return []
  return options.flatMap((option) =>
    match(
      option,
      on([_.atom, _], ([name, value]): [string, Term][] => [[name.name, value]]),
      on(_, () => []),
    ),
  )
}

const monitors = new WeakMap<Kernel, ApplicationMonitor>()

/** `appmon_info:start_link2/3` */
export function startApplicationMonitor(host: ToolHost, starter: Term, client: Term): Term {
  if (!(client instanceof Pid)) return tuple(atom('error'), atom('badarg'))
  let monitor = monitors.get(host.kernel)
  if (!monitor?.process.alive) {
    monitor = new ApplicationMonitor(host, starter)
    monitors.set(host.kernel, monitor)
  }
  monitor.addClient(client)
  return tuple(ok, monitor.process.pid)
}
