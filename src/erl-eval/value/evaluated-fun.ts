import { decodeTerm, encodeTerm, Reader, Writer } from '../../etf/index.ts'
import { atom, Fun, type Term, TermMap, tuple } from '../../term/index.ts'
import type { Closure, FunSource } from './closure.ts'

// https://www.erlang.org/doc/apps/erts/erl_ext_dist#new_fun_ext
const ARITY_AT = 5
const INDEX_AT = 22
const FREE_AT = 26
const MODULE_AT = 30
const atomOf = (name: string): Term => atom(name)

/** Fun of the machine as a term. It is encoded as a fun of `erl_eval`, with its captured values. */
export class EvaluatedFun extends Fun {
  readonly closure: Closure

  /**
   * @param convert converts a captured value to a term
   * @throws TypeError for a fun of a fetched module, since its receiver cannot run it without the module
   */
  constructor(closure: Closure, convert: Convert) {
    const { source, arity, module, name } = closure.code
    if (!source)
      throw new TypeError(
        `a fun of ${module.name}.${name.name} cannot leave this node: it belongs to a module that was fetched from another node. ` +
          'Wrap the call in a function of the prompt.',
      )
    const { origin } = source
    super(origin.module, arity, origin.index + origin.arity - arity, origin.uniq, NOTHING)
    this.closure = closure
    let external: Uint8Array | undefined
    Object.defineProperty(this, 'external', {
      configurable: true,
      enumerable: true,
      get: () => {
        external ??= write(closure, source, convert)
        return external
      },
    })
  }
}

type Convert = (value: unknown) => Term
const NOTHING = new Uint8Array(0)

/** Parts of an encoded fun: the fields before the free variables, and the free variables. */
export interface FunParts {
  readonly head: Uint8Array
  /** Offset of the old index, which is a SMALL_INTEGER_EXT in every fun of `erl_eval`. */
  readonly oldIndexAt: number
  /** The old unique number, an integer. */
  readonly uniq: Term
  /** The process that made the fun. */
  readonly creator: Term
  readonly free: readonly Term[]
}

/** Reads the parts of a fun. Floats are read as `Float`, and binaries as bytes. @throws DecodeError */
export function readFunParts({ external }: Fun): FunParts {
  const reader = new Reader({ binaries: 'bytes' })
  reader.reset(external, MODULE_AT)
  decodeTerm(reader)
  const oldIndexAt = reader.offset
  decodeTerm(reader)
  const uniq = decodeTerm(reader)
  const creator = decodeTerm(reader)
  const head = external.subarray(0, reader.offset)
  const count = new DataView(external.buffer, external.byteOffset).getUint32(FREE_AT)
  const free: Term[] = []
  for (let i = 0; i < count; i++) free.push(decodeTerm(reader))
  return { head, oldIndexAt, uniq, creator, free }
}

function write(
  closure: Closure,
  { clauses, anno, funName, origin, handlers }: FunSource,
  convert: Convert,
): Uint8Array {
  const { code, captured } = closure
  const bindings = new TermMap(
    code.capturedNames.map((name, i) => [atomOf(name), convert(captured[i])] as const),
  )
  const data = [anno as Term, bindings, ...(handlers as readonly Term[]), new TermMap(), clauses as Term]
  const { head, oldIndexAt } = readFunParts(origin)
  const writer = new Writer(256)
  writer.raw(head)
  encodeTerm(writer, tuple(...data, ...(funName ? [funName] : [])))
  const { bytes } = writer
  writer.setU32(1, writer.offset - 1)
  bytes[ARITY_AT] = code.arity
  const index = origin.index + origin.arity - code.arity
  writer.setU32(INDEX_AT, index)
  bytes[oldIndexAt + 1] = index
  writer.setU32(FREE_AT, 1)
  return new Uint8Array(bytes.subarray(0, writer.offset))
}
