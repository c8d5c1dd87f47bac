import { currentKernel, resolveDestination, viaTerm } from '../../process/index.ts'
import {
  Atom,
  atom,
  ExitError,
  escapeName,
  formatExit,
  isTuple,
  Pid,
  type Term,
  tuple,
} from '../../term/index.ts'
import type { Server } from '../call/index.ts'
import { isVia } from '../call/index.ts'

// Elixir's messages say what is wrong. These hints add what to write in TypeScript.
const hints: { readonly [fault: string]: string } = {
  duplicate_child_name: "Give one of them another id: Supervisor.childSpec(child, { id: 'Other' }).",
  missing_id: "A child has an id: { id: 'Counter', start: () => Counter.startLink(0) }.",
  missing_start: "A child has a start: { id: 'Counter', start: () => Counter.startLink(0) }.",
  invalid_child_spec:
    'Supervisors expect each child to be an object with at least id and start, as Counter.child(0) makes it.',
  invalid_mfa:
    'start is a function that starts the process, linked, and returns its pid, or [module, function, arguments].',
  invalid_significant: 'significant is true or false; no child of a DynamicSupervisor is significant.',
  bad_combination:
    'A significant child is transient or temporary, under a supervisor whose autoShutdown is not never.',
  invalid_strategy: "Must be 'one_for_one', 'one_for_all' or 'rest_for_one'.",
  invalid_intensity: 'maxRestarts is an integer >= 0.',
  invalid_period: 'maxSeconds is an integer > 0.',
  invalid_auto_shutdown: "autoShutdown is 'never', 'any_significant' or 'all_significant'.",
  invalid_max_children: 'maxChildren is an integer >= 0, or left out.',
  invalid_extra_arguments: 'extraArguments is a list of arguments.',
}

const SPEC_FAULTS = [
  'invalid_child_spec',
  'missing_id',
  'missing_start',
  'invalid_mfa',
  'invalid_restart_type',
  'invalid_shutdown',
  'invalid_child_type',
  'invalid_significant',
  'bad_combination',
]
const KINDS = ['start_spec', 'supervisor_data', 'bad_start_spec']

/** Adds a hint to the message of a start that failed, if there is one for its reason. */
export async function withHint<T>(start: Promise<T>): Promise<T> {
  try {
    return await start
  } catch (thrown) {
    if (!(thrown instanceof ExitError)) throw thrown
    const fault = isTuple(thrown.reason) ? thrown.reason.elements[0] : thrown.reason
    // A running supervisor answers with the fault alone.
    if (fault instanceof Atom && SPEC_FAULTS.includes(fault.name))
      thrown.message = formatExit(tuple(atom('start_spec'), thrown.reason), { self: currentKernel().name })
    const remedy = hintFor(thrown.reason)
    if (remedy) thrown.message += `${thrown.message.endsWith('.') ? '' : '.'} ${remedy}`
    throw thrown
  }
}

function hintFor(reason: Term): string | undefined {
  const [word, detail] =
    isTuple(reason) && reason.length === 2 ? (reason.elements as readonly Term[]) : [reason]
  const fault = word instanceof Atom && KINDS.includes(word.name) ? detail : reason
  const name = isTuple(fault) ? fault.elements[0] : fault
  return name instanceof Atom && Object.hasOwn(hints, name.name) ? hints[name.name] : undefined
}

const childErrors: { readonly [reason: string]: string } = {
  running: 'it is running. End it first: Supervisor.terminateChild().',
  restarting:
    'its last restart failed and another attempt follows. End it first: Supervisor.terminateChild().',
  not_found: 'there is no child with this id. Supervisor.whichChildren() tells which there are.',
  already_present:
    'a child with this id was ended. Start it again: Supervisor.restartChild(), or delete it first.',
  simple_one_for_one: 'children of such a supervisor have no ids. They are ended by their pids.',
  max_children: 'there are as many children as its maxChildren allows.',
  ignore: 'its start returned ignore: it is not needed.',
}

/** Returns the error for `{:error, reason}`: why a supervisor refused to start, restart or delete a child. */
export function childError(supervisor: Server, verb: string, id: Term | undefined, reason: Term): ExitError {
  const kernel = currentKernel()
  const refused = new ExitError(reason, { self: kernel.name })
  const why =
    reason instanceof Atom && Object.hasOwn(childErrors, reason.name) ? childErrors[reason.name] : undefined
  if (!why) return refused
  const child = id === undefined ? 'a child' : `the child ${kernel.inspect(id)}`
  refused.message = `could not ${verb} ${child} of ${shown(supervisor)}: ${why}`
  return refused
}

function shown(supervisor: Server): string {
  const kernel = currentKernel()
  if (isVia(supervisor)) return kernel.inspect(viaTerm(supervisor))
  const target = resolveDestination(supervisor, kernel)
  if (target instanceof Pid) return kernel.inspect(target)
  return 'name' in target
    ? kernel.inspect(target.name) + (kernel.isLocal(target) ? '' : ` on ${escapeName(target.node.name)}`)
    : kernel.inspect(target)
}
