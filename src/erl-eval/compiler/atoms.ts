import { type Atom, atom } from '../../term/index.ts'

export const FUNCTION_CLAUSE: Atom = atom('function_clause')
/** Name that a BEAM stacktrace shows for a fun that `erl_eval` runs. */
export const INSIDE_FUN: Atom = atom('-inside-an-interpreted-fun-')
export const ERLANG: Atom = atom('erlang')
export const SHELL_DEFAULT: Atom = atom('shell_default')
export const EXIT: Atom = atom('EXIT')
