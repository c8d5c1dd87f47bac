import { format } from '../../../io/index.ts'
import {
  ExportFun,
  Fun,
  internPid,
  nodeByNumber,
  Pid,
  Port,
  Reference,
  type Term,
} from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import { badarg, Closure, type Functions, toTerm } from '../../value/index.ts'
import { charlistOf, listText } from './conversion.ts'

type Kind = new (...args: never[]) => unknown

/** Returns a function that gives the text of `io:format("~w")` for a value of these classes. */
const textOf =
  (...kinds: Kind[]) =>
  (value: unknown): unknown => {
    if (!kinds.some((kind) => value instanceof kind)) return badarg()
    const term = value instanceof Closure ? undefined : (toTerm(value) as Term)
    const text = term === undefined ? '#Fun<erl_eval>' : format('~w', [term], { self: ownNode() })
    return charlistOf(text ?? badarg())
  }

const ownNode = () => currentMachine().process.kernel.name

/** Reads the numbers of the text of a pid, a port or a reference. The first one is the number of the node. */
function numbersOf(
  list: unknown,
  pattern: RegExp,
): { readonly node: ReturnType<typeof ownNode>; numbers: number[] } {
  const found = pattern.exec(listText(list)) ?? badarg()
  const [first, ...numbers] = found[1]!.split('.').map(Number)
  return { node: (first === 0 ? ownNode() : nodeByNumber(first!)) ?? badarg(), numbers }
}

// The creation is not part of the text. It is the one of this node, as on a BEAM.
const ownCreation = (): number => currentMachine().process.kernel.creation

/** Functions of `erlang` that convert pids, ports, references and funs to text, and text to these. */
export const identifiers: Functions = {
  pid_to_list: textOf(Pid),
  port_to_list: textOf(Port),
  ref_to_list: textOf(Reference),
  fun_to_list: textOf(Fun, ExportFun, Closure),
  list_to_pid: (list: unknown) => {
    const { node, numbers } = numbersOf(list, /^<(\d+\.\d+\.\d+)>$/)
    const [id, serial] = numbers as [number, number]
    const { kernel } = currentMachine().process
    const own =
      node === kernel.name && kernel.processes().find(({ pid }) => pid.id === id && pid.serial === serial)
    return own ? own.pid : internPid(node, id, serial, ownCreation())
  },
  list_to_ref: (list: unknown) => {
    const { node, numbers } = numbersOf(list, /^#Ref<(\d+(?:\.\d+){1,5})>$/)
    return new Reference(node, ownCreation(), numbers.reverse())
  },
  list_to_port: (list: unknown) => {
    const { node, numbers } = numbersOf(list, /^#Port<(\d+\.\d+)>$/)
    return new Port(node, BigInt(numbers[0]!), ownCreation())
  },
}
