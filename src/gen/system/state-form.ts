import { currentProcess, type Kernel } from '../../process/index.ts'
import { type Atom, atom, isTuple, ok, type Term, tuple } from '../../term/index.ts'
import type { RequestOptions } from '../call/index.ts'
import { callServer, GEN_CALL } from '../call/index.ts'

// `sys` answers with {ok, State} since OTP 26.1, and with the bare state in earlier releases. The request does not say
// which form is expected, so the other node is asked for its release.

/** The last release that answers with the bare state. */
const LAST_BARE = 25
const REX = atom('rex')
const RELEASE_OF = [atom('call'), atom('erlang'), atom('system_info'), [atom('otp_release')]] as const

/** Form of a state in an answer of `sys`. */
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

/** Returns the form that a node uses and expects. A Moebi node uses that of the latest releases. */
export async function stateFormOf(node: Atom, kernel: Kernel, options?: RequestOptions): Promise<StateForm> {
  if (node === kernel.name) return okTupleForm
  const leader = currentProcess()?.groupLeader ?? kernel.user
  const asked = callServer({ name: REX, node }, GEN_CALL, tuple(...RELEASE_OF, leader), options, [
    'sys',
    'release',
  ])
  // A node that cannot be reached, or does not know its release, is treated as a recent one. The request itself reports the
  // failure.
  const old = await asked.then(isOld).catch(() => false)
  return old ? bareForm : okTupleForm
}

const isOld = (release: Term): boolean =>
  Array.isArray(release) && Number(String.fromCharCode(...(release as number[]))) <= LAST_BARE
