import { report } from '../../process/index.ts'
import { atom, ExitError, isTuple, type Pid, shutdown, type Term, tuple } from '../../term/index.ts'
import type { Behaviour } from '../server/index.ts'
import { BEHAVIOUR, Reply, supervisorCall } from '../server/index.ts'
import type { SupervisorInit } from './supervisor-options.ts'
import { SupervisorState, TRY_AGAIN } from './supervisor-state.ts'

const EXIT = atom('EXIT')

/**
 * Callbacks of a supervisor: it starts its children in order, starts them again when they fail, and ends them in reverse
 * order.
 */
export const supervisorBehaviour: Behaviour<SupervisorInit, SupervisorState> = {
  kind: 'Supervisor',
  initialCall: supervisorCall('Supervisor.Default'),

  async init(arg, process) {
    process.trapExit = true
    const state = new SupervisorState(arg, process)
    const failed = await state.startAll(state.children)
    if (!failed) return state
    await state.terminateAll(state.children)
    const { child, reason } = failed
    throw new ExitError(tuple(shutdown, tuple(atom('failed_to_start_child'), child.id, reason)), {
      self: process.kernel.name,
    })
  },

  handleCall(request, _from, state) {
    const answer = state.handleRequest(request)
    return answer instanceof Promise
      ? answer.then((value) => new Reply(value, state))
      : new Reply(answer, state)
  },

  handleCast(message, state) {
    const [word, id] = isTuple(message) ? (message.elements as readonly Term[]) : []
    const child = word === TRY_AGAIN ? state.find(id) : undefined
    return child?.restarting ? state.restart(child, undefined) : undefined
  },

  handleInfo(message, state, process) {
    if (isTuple(message) && message.elements[0] === EXIT && message.length === 3) {
      const [, pid, reason] = message.elements as readonly Term[]
      const child = state.running.get(pid as Pid)
      return child && state.childExited(child, reason)
    }
    const { kernel, pid, groupLeader } = process
    const text = `Supervisor received unexpected message: ${kernel.inspect(message)}`
    report({ kernel, level: 'error', text, pid, groupLeader })
    return undefined
  },

  terminate(_reason, state) {
    return state.terminateAll(state.children)
  },

  codeChange: (_oldVersion, state) => state.reload(),
}

/** Returns the module that gives a running supervisor other children and options. */
export function supervisorModuleWith(arg: SupervisorInit): object {
  const codeChange = (_oldVersion: Term, state: unknown): SupervisorState => {
    if (state instanceof SupervisorState) return state.reload(arg)
    throw new TypeError('expected a supervisor, which takes other children and options')
  }
  return { [BEHAVIOUR]: { ...supervisorBehaviour, codeChange } }
}
