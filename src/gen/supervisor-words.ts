import { atom, type Term } from '../term/index.ts'

// What supervisors are asked, as OTP's module supervisor asks it: `which_children`, `{start_child, Spec}`.

export const WHICH_CHILDREN: Term = atom('which_children')
export const COUNT_CHILDREN: Term = atom('count_children')
export const START_CHILD: Term = atom('start_child')
export const TERMINATE_CHILD: Term = atom('terminate_child')
export const DELETE_CHILD: Term = atom('delete_child')
export const RESTART_CHILD: Term = atom('restart_child')
