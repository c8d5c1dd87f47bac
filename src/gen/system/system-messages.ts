import {
  currentProcess,
  exitReason,
  isThenable,
  type Kernel,
  type MaybePromise,
} from '../../process/index.ts'
import {
  Atom,
  atom,
  charlist,
  ErlangError,
  ExitError,
  ExportFun,
  error,
  Fun,
  isTuple,
  ok,
  type Pid,
  type Term,
  tuple,
} from '../../term/index.ts'
import { readFrom } from '../call/index.ts'
import { Debug, type TracedServer } from './debug.ts'
import { okTupleForm, type StateForm, stateFormOf } from './state-form.ts'

// System messages, {system, From, Request}: requests of `sys` and of tools that use it, to any server.
// https://www.erlang.org/doc/apps/stdlib/sys

export const SYSTEM: Term = atom('system')
const MODULE = atom('gen_server')
const SUSPENDED = atom('suspended')
const RUNNING = atom('running')

/** The server that a system message acts on. */
export interface SystemServer extends TracedServer {
  readonly parent: Pid | undefined
  state: unknown
  debug: Debug | undefined
  /** The state as `formatStatus` shows it. */
  readonly visibleState: Term
  readonly suspended: boolean
  suspend(): void
  resume(): void
  /** Ends the server with this reason, after its `terminate`. */
  terminate(reason: Term): MaybePromise<void>
  changeCode(module: unknown, oldVersion: Term, extra: Term): MaybePromise<void>
}

/** Handles a system message and answers it. */
export function handleSystemMessage(
  client: Term,
  request: Term,
  server: SystemServer,
): void | PromiseLike<void> {
  const { kernel, pid } = server.process
  const from = readFrom(kernel, pid, client)
  const answer = (value: Term, plain: () => Term = () => kernel.inspect(value)): void => {
    try {
      from?.reply(value as never)
    } catch {
      // The value contains a JavaScript value that cannot be sent to another node.
      from?.reply(plain() as never)
    }
  }
  const tell = (state: Term): void => {
    if (!from) return
    const inForm = ({ write }: StateForm): void => answer(write(state), () => write(kernel.inspect(state)))
    const { node } = from.pid
    if (node === kernel.name) return inForm(okTupleForm)
    kernel.spawn(async () => inForm(await stateFormOf(node, kernel)), { label: 'sys: state' })
  }
  const [word, ...args] = isTuple(request) ? (request.elements as readonly Term[]) : [request]
  const form = word instanceof Atom ? `${word.name}/${args.length}` : ''
  switch (form) {
    case 'get_state/0':
      return tell(server.state as Term)
    case 'replace_state/1':
      return settle(
        () => call(args[0], [server.state as Term], kernel),
        (state) => {
          server.state = state
          tell(state as Term)
        },
        (thrown) => answer(tuple(error, failed('system_replace_state', thrown))),
      )
    case 'get_status/0': {
      const state = server.visibleState
      return answer(statusOf(server, state), () => statusOf(server, kernel.inspect(state)))
    }
    case 'suspend/0':
      server.suspend()
      return answer(ok)
    case 'resume/0':
      server.resume()
      return answer(ok)
    case 'debug/1': {
      const debug = server.debug ?? new Debug()
      const said = debug.execute(args[0])
      server.debug = debug.isOff ? undefined : debug
      return answer(said)
    }
    case 'terminate/1':
      answer(ok)
      return server.terminate(args[0])
    case 'change_code/3':
      if (server.suspended)
        return settle(
          () => server.changeCode(args[0], args[1], args[2]),
          () => answer(ok),
          (thrown) => answer(tuple(error, tuple(atom('EXIT'), exitReason(thrown)))),
        )
  }
  return answer(tuple(error, tuple(atom('unknown_system_msg'), request)))
}

/** Calls a function of this Node.js process, or one that another node has sent. */
function call(fn: unknown, args: readonly Term[], kernel: Kernel): unknown {
  if (typeof fn === 'function') return fn(...args)
  if (fn instanceof ExportFun && fn.arity === args.length) return kernel.applyNamed(fn.module, fn.name, args)
  // The node decides whether code of other nodes may run here.
  const apply = kernel.modules.find(atom('erlang') as Atom, atom('apply') as Atom, 2)
  if (fn instanceof Fun && apply) return (apply.fn as (...all: unknown[]) => unknown)(fn, args)
  throw new ErlangError(tuple(atom('badfun'), fn as Term), { self: currentProcess()?.kernel.name })
}

function statusOf(server: SystemServer, state: Term): Term {
  const { process, parent, suspended, debug } = server
  const running = suspended ? SUSPENDED : RUNNING
  const parentTerm = parent ?? process.pid
  const header = `Status for generic server ${server.name instanceof Atom ? server.name.name : process.kernel.inspect(server.name)}`
  const dictionary = [tuple(atom('$ancestors'), parent ? [parent] : [])]
  const data = (...pairs: readonly (readonly [string, Term])[]): Term =>
    tuple(
      atom('data'),
      pairs.map(([name, value]) => tuple(charlist(name), value)),
    )
  const events = [...(debug?.loggedEvents ?? [])]
  return tuple(atom('status'), process.pid, tuple(atom('module'), MODULE), [
    dictionary,
    running,
    parentTerm,
    [],
    [
      tuple(atom('header'), charlist(header)),
      data(['Status', running], ['Parent', parentTerm], ['Logged events', events]),
      data(['State', state]),
    ],
  ])
}

/** Returns `{:callback_failed, {module, function}, {class, reason}}`. */
function failed(name: string, thrown: unknown): Term {
  const exit = thrown instanceof ExitError
  const reason = exitReason(thrown)
  const cause = exit || !isTuple(reason) ? reason : (reason.elements[0] as Term)
  return tuple(
    atom('callback_failed'),
    tuple(MODULE, atom(name)),
    tuple(atom(exit ? 'exit' : 'error'), cause),
  )
}

function settle<T>(
  run: () => T | PromiseLike<T>,
  done: (value: T) => void,
  failed: (thrown: unknown) => void,
): void | PromiseLike<void> {
  try {
    const value = run()
    if (isThenable(value)) return value.then(done).then(undefined, failed)
    return done(value as T)
  } catch (thrown) {
    return failed(thrown)
  }
}
