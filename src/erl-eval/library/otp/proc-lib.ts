import { currentKernel, labelTerm, requireProcess, systemDictionary } from '../../../process/index.ts'
import { atom, isTuple, ok, Pid, type Term, tuple } from '../../../term/index.ts'
import { badarg, type Functions, onTerms } from '../../value/index.ts'

const INITIAL_CALL = atom('$initial_call')
const UNDEFINED = atom('undefined')
/** What `translate_initial_call` returns for a process that `proc_lib` has not started. */
const INIT_P = tuple(atom('proc_lib'), atom('init_p'), 5)

function localProcess(pid: Term): ReturnType<ReturnType<typeof currentKernel>['process']> {
  const kernel = currentKernel()
  if (!(pid instanceof Pid) || !kernel.isLocal(pid)) return badarg()
  return kernel.process(pid)
}

/** Returns the first function of a behaviour or a task; undefined for every other process. */
function initialCallOf(pid: Term): Term {
  const process = localProcess(pid)
  return process && systemDictionary(process).find(([key]) => key === INITIAL_CALL)?.[1]
}

function setLabel(label: Term): Term {
  requireProcess('proc_lib:set_label').givenLabel = label
  return ok
}

/** The functions of `proc_lib` about the first function and the label of a process. @see https://www.erlang.org/doc/apps/stdlib/proc_lib */
export const procLib: Functions = onTerms({
  get_label: (pid: Term) => {
    const process = localProcess(pid)
    return (process && labelTerm(process)) ?? UNDEFINED
  },
  initial_call: (pid: Term) => {
    const call = initialCallOf(pid)
    if (!isTuple(call)) return false
    const [module, name, arity] = call.elements as readonly [Term, Term, number]
    const args = Array.from({ length: arity }, (_, index) => atom(`Argument__${index + 1}`))
    return tuple(module, name, args)
  },
  set_label: setLabel,
  translate_initial_call: (pid: Term) => initialCallOf(pid) ?? INIT_P,
})

/** The function of `Process` that sets the label, which Elixir 1.17 has. */
export const processLabel: Functions = onTerms({ set_label: setLabel })
