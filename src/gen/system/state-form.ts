import { currentProcess, type Kernel } from '../../process/index.ts'
import { type Atom, atom, isTuple, ok, type Term, tuple } from '../../term/index.ts'
import type { RequestOptions } from '../call/index.ts'
import { callServer, GEN_CALL } from '../call/index.ts'

// A state that `sys` asks for is answered as {ok, State} since OTP 26.1, and bare by the releases before. A request does not
// say which of the two is expected, so the other node is asked for its release.

/** The last release whose states are bare. */
const LAST_BARE = 25
const REX = atom('rex')
const RELEASE_OF = [atom('call'), atom('erlang'), atom('system_info'), [atom('otp_release')]] as const

/** How a state stands in an answer. */
export interface StateForm {
  write(state: Term): Term
  read(answer: Term): Term
}

const bareForm: StateForm = { write: (state) => state, read: (answer) => answer }

export const okTupleForm: StateForm = {
  write: (state) => tuple(ok, state),
  read: (answer) =>
    isTuple(answer) && answer.length === 2 && answer.elements[0] === ok
      ? (answer.elements[1] as Term)
      : answer,
}

/** The form of a node's answers, and of those that it expects. A Moebi node does as the latest releases do. */
export async function stateFormOf(node: Atom, kernel: Kernel, options?: RequestOptions): Promise<StateForm> {
  if (node === kernel.name) return okTupleForm
  const leader = currentProcess()?.groupLeader ?? kernel.user
  const asked = callServer({ name: REX, node }, GEN_CALL, tuple(...RELEASE_OF, leader), options, [
    'sys',
    'release',
  ])
  // Who is not there, or knows no releases, need not say so here.
  const old = await asked.then(isOld).catch(() => false)
  return old ? bareForm : okTupleForm
}

const isOld = (release: Term): boolean =>
  Array.isArray(release) && Number(String.fromCharCode(...(release as number[]))) <= LAST_BARE
