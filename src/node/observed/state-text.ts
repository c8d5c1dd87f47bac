import type { Kernel } from '../../process/index.ts'
import { type Atom, atom, type Pid, type Term } from '../../term/index.ts'
import { shownText } from './shown-text.ts'

const STATE_CHARACTERS = 20_000
const SYS = atom('sys') as Atom
const GET_STATE = atom('get_state') as Atom

/** Returns the state of a server as text. The state itself may be large, or hold values that cannot be sent. */
export async function stateText(kernel: Kernel, pid: Pid, timeout: number): Promise<Term> {
  const state = (await kernel.apply(SYS, GET_STATE, [pid, timeout])) as Term
  return shownText(kernel, state, STATE_CHARACTERS, 100)
}
