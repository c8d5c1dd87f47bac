import type { Kernel } from '../../process/index.ts'
import {
  Atom,
  bytes,
  ElixirError,
  ExportFun,
  escapeName,
  Float,
  Fun,
  ImproperList,
  isTuple,
  Pid,
  Port,
  Reference,
  type Term,
  TermMap,
} from '../../term/index.ts'

type Row = readonly [label: string, text: string]

/** Returns the rows that `i(term)` prints about a value: its type and what the node knows about it. */
export function describe(term: unknown, kernel: Kernel, show: (value: unknown) => string): Row[] {
  const [type, ...more] = describeType(term, kernel, show)
  return [['Term', show(term)], ['Data type', type], ...more]
}

function describeType(
  term: unknown,
  kernel: Kernel,
  show: (value: unknown) => string,
): [type: string, ...rows: Row[]] {
  if (term === null || term === undefined) return ['Atom (nil)', ['In TypeScript', String(term)]]
  if (typeof term === 'boolean') return ['Atom', ['In TypeScript', 'boolean']]
  if (term instanceof Atom) return ['Atom', ...ofAtom(term, kernel, show)]
  if (typeof term === 'string')
    return [
      'Binary (a string)',
      ['Bytes', String(Buffer.byteLength(term))],
      ['Characters', String([...term].length)],
    ]
  if (term instanceof Uint8Array) return ['Binary', ['Bytes', String(bytes(term).length)]]
  if (typeof term === 'bigint' || Number.isSafeInteger(term))
    return ['Integer', ['In TypeScript', typeof term]]
  if (typeof term === 'number' || term instanceof Float) return ['Float']
  if (term instanceof Pid) return ['PID', ...ofPid(term, kernel, show)]
  if (term instanceof Reference) return ['Reference', ['Node', show(term.node)]]
  if (term instanceof Port) return ['Port', ['Node', show(term.node)]]
  if (isTuple(term)) return ['Tuple', ['Size', String(term.length)]]
  if (Array.isArray(term)) return ['List', ['Length', String(term.length)]]
  if (term instanceof ImproperList) return ['Improper list', ['Tail', show(term.tail)]]
  if (term instanceof ElixirError) return ['Exception', ['In TypeScript', 'ElixirError']]
  if (term instanceof Map || term instanceof TermMap) return ['Map', ['Size', String(term.size)]]
  if (term instanceof ExportFun || term instanceof Fun)
    return ['Function of a BEAM', ['Arity', String(term.arity)]]
  if (typeof term === 'function') return ofFunction(term as (...args: never[]) => unknown, kernel, show)
  if (typeof term === 'symbol') return ['None: a symbol is not a term, and cannot be sent']
  const prototype: unknown = Object.getPrototypeOf(term)
  if (prototype === Object.prototype || prototype === null)
    return ['Map', ['Size', String(Object.keys(term).length)], ['In TypeScript', 'a plain object']]
  const name = (term as { constructor?: { name?: string } }).constructor?.name ?? 'object'
  return [
    `None: a ${name} is not a term, and cannot be sent to another node`,
    ['Properties', Object.keys(term).join(', ')],
  ]
}

function ofAtom(term: Atom, kernel: Kernel, show: (value: unknown) => string): Row[] {
  const process = kernel.whereis(term)
  const module = kernel.modules.has(term)
  return [
    ...(process ? [['Registered for', show(process.pid)] as const] : []),
    ...(module
      ? [['Module', `with ${kernel.modules.exports(term).size} functions: exports('${term.name}')`] as const]
      : []),
  ]
}

function ofPid(pid: Pid, kernel: Kernel, show: (value: unknown) => string): Row[] {
  if (!kernel.isLocal(pid)) return [['Node', show(pid.node)]]
  const process = kernel.process(pid)
  if (!process) return [['Alive', 'false']]
  return [
    ['Alive', 'true'],
    ['Name', process.registeredName ? show(process.registeredName) : 'not registered'],
    ['Label', escapeName(process.label) || 'none'],
    ['Status', process.status],
    ['Messages', String(process.mailbox.length)],
    ['Links', show([...process.links.pids])],
    ['Group leader', show(process.groupLeader)],
  ]
}

function ofFunction(
  fn: (...args: never[]) => unknown,
  kernel: Kernel,
  show: (value: unknown) => string,
): [type: string, ...rows: Row[]] {
  const exported = kernel.modules.exportedAs(fn)
  if (!exported) return ['Function (not exported: other nodes cannot name it)', ['Arity', String(fn.length)]]
  return [
    'Function',
    ['Exported as', `${show(exported.module as Term)}.${exported.name.name}`],
    ['Arity', String(fn.length)],
  ]
}
