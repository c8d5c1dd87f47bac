import { GenServer } from '../../../gen/index.ts'
import { asReason } from '../../../process/index.ts'
import { atom, infinity, ok, type Term, tuple } from '../../../term/index.ts'
import { type Functions, onTerms } from '../../value/index.ts'
import { millisecondsOf, serverOf } from '../otp/index.ts'

// The functions with which a program calls the behaviours, as the requests of OTP and Elixir that they send.

const DEFAULT_TIMEOUT = 5_000

function call(server: Term, request: Term, timeout: Term = infinity): Promise<Term> {
  return GenServer.call(serverOf(server), request as never, millisecondsOf(timeout)) as Promise<Term>
}

/** Returns the function of a request `{Name, Argument}` to a supervisor. */
const withArgument =
  (name: string) =>
  (supervisor: Term, argument: Term): Promise<Term> =>
    call(supervisor, tuple(atom(name), argument))

async function stop(server: Term, reason: Term = atom('normal'), timeout: Term = infinity): Promise<Term> {
  await GenServer.stop(serverOf(server), asReason(reason), millisecondsOf(timeout))
  return ok
}

async function countChildren(supervisor: Term): Promise<Term> {
  const counts = (await call(supervisor, atom('count_children'))) as readonly { elements: [Term, Term] }[]
  return Object.fromEntries(counts.map(({ elements: [name, count] }) => [String(name), count]))
}

const supervision = {
  delete_child: withArgument('delete_child'),
  restart_child: withArgument('restart_child'),
  start_child: withArgument('start_child'),
  terminate_child: withArgument('terminate_child'),
}

/** The functions of `supervisor` that change the children of a supervisor. */
export const supervisorClient: Functions = onTerms({
  ...supervision,
  get_childspec: withArgument('get_childspec'),
})

/** The functions of `Supervisor` that change the children of a supervisor. */
export const SupervisorClient: Functions = onTerms({ ...supervision, stop })

/** The functions of `DynamicSupervisor` that ask a supervisor. */
export const DynamicSupervisor: Functions = onTerms({
  count_children: countChildren,
  stop,
  terminate_child: withArgument('terminate_child'),
  which_children: (supervisor: Term) => call(supervisor, atom('which_children')),
})

/** The functions of `Task.Supervisor` that ask a supervisor. */
export const TaskSupervisor: Functions = onTerms({
  children: async (supervisor: Term) =>
    ((await call(supervisor, atom('which_children'))) as readonly { elements: readonly Term[] }[]).map(
      ({ elements }) => elements[1],
    ),
  terminate_child: withArgument('terminate_child'),
})

/** Returns the functions of a request of `Agent`, with a fun or with a module, a function and arguments. */
function agentCall(name: string): Functions[string] {
  return ((agent: Term, first: Term, ...rest: readonly Term[]): Promise<Term> => {
    const [fn, args, ...last] = rest
    if (rest.length < 2) return call(agent, tuple(atom(name), first), rest[0] ?? DEFAULT_TIMEOUT)
    return call(agent, tuple(atom(name), tuple(first, fn, args)), last[0] ?? DEFAULT_TIMEOUT)
  }) as never
}

/** The functions of `Agent` that call an agent. */
export const Agent: Functions = onTerms({
  cast: (agent: Term, first: Term, name: Term = null, args: Term = null) => {
    const fun = name === null ? first : tuple(first, name, args)
    GenServer.cast(serverOf(agent), tuple(atom('cast'), fun) as never)
    return ok
  },
  get: agentCall('get'),
  get_and_update: agentCall('get_and_update'),
  stop,
  update: agentCall('update'),
} as never)
