import { type Kernel, THIS_NODE } from '../../process/index.ts'
import { Atom, badarg, ErlangError, type Pid, type Term } from '../../term/index.ts'
import type { PgScope } from './scope.ts'
import { scopeOf } from './scopes.ts'

/** Defines the functions of `pg` that read, for peers and interpreted code. Each takes the scope as an optional first argument. */
export function definePgFunctions(kernel: Kernel): void {
  const scope = (name: Term): PgScope => {
    if (name === undefined || name instanceof Atom) return scopeOf(name, kernel)
    throw new ErlangError(badarg)
  }
  const members =
    (read: (of: PgScope, group: Term) => Pid[]) =>
    (first: Term, second: Term = undefined): Pid[] =>
      second === undefined ? read(scope(undefined), first) : read(scope(first), second)
  kernel.modules.define(
    ':pg',
    {
      get_local_members: members((of, group) => of.localMembers(group)),
      get_members: members((of, group) => of.members(group)),
      which_groups: (name: Term = undefined) => scope(name).groups(),
      which_local_groups: (name: Term = undefined) => scope(name).localGroups(),
    },
    THIS_NODE,
  )
}
