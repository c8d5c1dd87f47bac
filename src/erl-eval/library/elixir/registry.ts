import { Registry as Registries } from '../../../gen/index.ts'
import { Atom, atom, isTuple, ok, Pid, type Term, tuple } from '../../../term/index.ts'
import { badarg, type Functions, onTerms } from '../../value/index.ts'

const nameOf = (registry: Term): Atom => (registry instanceof Atom ? registry : badarg())
const pidOf = (pid: Term): Pid => (pid instanceof Pid ? pid : badarg())

/** The functions of the module `Registry` that read a registry. */
export const Registry: Functions = onTerms({
  count: (registry: Term) => Registries.count(nameOf(registry)),
  keys: (registry: Term, pid: Term) => Registries.keys(nameOf(registry), pidOf(pid)),
  lookup: (registry: Term, key: Term) =>
    Registries.lookup<Term>(nameOf(registry), key).map(({ pid, value }) => tuple(pid, value)),
  meta: (registry: Term, key: Term) => {
    const value = Registries.meta<Term>(nameOf(registry), key instanceof Atom ? key.name : (key as string))
    return value === undefined ? atom('error') : tuple(ok, value)
  },
  values: (registry: Term, key: Term, pid: Term) =>
    Registries.values<Term>(nameOf(registry), key, pidOf(pid)),
  whereis_name: (name: Term) => {
    const [registry, key] = isTuple(name) ? (name.elements as readonly Term[]) : badarg()
    return Registries.whereisName(nameOf(registry), key) ?? atom('undefined')
  },
})
