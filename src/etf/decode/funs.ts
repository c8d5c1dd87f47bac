import { type Atom, Fun, type Term } from '../../term/index.ts'
import { encodeTerm, Writer } from '../encode/index.ts'
import { readNameAtom } from './atoms.ts'
import { countTerms } from './containers.ts'
import { Reader, type ReadTerm } from './reader.ts'
import { copyBytes } from './text.ts'

/** Funs in funs that are read by recursion. Deeper ones are read by `readDeep`. */
export const MAX_RECURSIVE_FUNS = 4
/** Levels of a free variable that are read by recursion, whatever the depth of the fun is. */
const MAX_RECURSION = 32

const NO_BYTES: Uint8Array = new Uint8Array(0)

/** The fields of a NEW_FUN_EXT before its module, and the module. */
export interface FunHeader {
  readonly arity: number
  readonly uniq: Uint8Array
  readonly index: number
  readonly module: Atom
  /** The number of terms that follow: the old index, the old unique number, the creator and the free variables. */
  readonly count: number
}

/**
 * Reads the header of a NEW_FUN_EXT: its size, arity, MD5 of the module, index, number of free variables, and the module.
 *
 * The size is ignored, as by a BEAM: OTP 23 and later write a wrong size for a fun that contains an export or a bit string.
 */
export function readFunHeader(r: Reader, at: number): FunHeader {
  r.offset = at + 5
  r.ensureAvailable(25, at)
  const arity = r.bytes[r.offset]!
  const uniq = copyBytes(r.bytes, r.offset + 1, r.offset + 17)
  r.offset += 17
  const index = r.u32()
  const count = 3 + r.u32()
  r.checkCount(count, 1, 'term', at)
  if (r.counts) countTerms(r, at, count)
  return { arity, uniq, index, module: readNameAtom(r, at), count }
}

/** Checks the terms of a fun that is inside other funs, and returns the fun. It has no bytes, since only the outermost fun is sent on. */
export function finishFun(r: Reader, at: number, header: FunHeader, terms: readonly Term[]): Fun {
  for (let i = 0; i < 2; i++) checkFunTerm(r, at, i, terms[i])
  return new Fun(header.module, header.arity, header.index, header.uniq, NO_BYTES)
}

/** Throws when a term after the header of a fun, at this position, is not of the type that the format demands. */
function checkFunTerm(r: Reader, at: number, position: number, term: Term): void {
  if (position < 2 && typeof term !== 'number')
    r.fail(at, `has an ${position === 0 ? 'old index' : 'old unique number'}, which is an integer`)
}

/**
 * Reads a NEW_FUN_EXT. The fun keeps its bytes. They are also decoded, so that a fun with an error in it is not sent on to
 * another node.
 */
export function readFun(r: Reader, at: number, readTerm: ReadTerm): Fun {
  const isOutermost = ++r.openFuns === 1
  const cacheUsed = r.cacheUsed
  r.cacheUsed = false
  const { arity, uniq, index, module, count } = readFunHeader(r, at)
  const body = r.offset
  const depth = Math.max(0, r.maxRecursion - (isOutermost ? MAX_RECURSION : 0))
  for (let i = 0; i < count; i++) checkFunTerm(r, at, i, readTerm(r, depth))
  // The terms of an outer fun are read to check them only.
  let external = NO_BYTES
  if (isOutermost) {
    external = r.cacheUsed
      ? withoutCacheRefs(r, at, module, count, body, readTerm)
      : withSize(copyBytes(r.bytes, at, r.offset))
  }
  r.cacheUsed ||= cacheUsed
  r.openFuns--
  return new Fun(module, arity, index, uniq, external)
}

/** Writes the size of a fun into its bytes. */
function withSize(external: Uint8Array): Uint8Array {
  new DataView(external.buffer, external.byteOffset).setUint32(1, external.length - 1)
  return external
}

/**
 * Returns the bytes of a fun with each ATOM_CACHE_REF replaced by its atom, since the cache is valid for one frame only.
 *
 * @param count the number of terms after the module, which begin at `body`
 */
function withoutCacheRefs(
  r: Reader,
  at: number,
  module: Atom,
  count: number,
  body: number,
  readTerm: ReadTerm,
): Uint8Array {
  const exact = new Reader({ binaries: 'bytes', maxDepth: r.maxDepth, maxTerms: r.maxTerms })
  exact.reset(r.bytes, body, r.end)
  exact.cache = r.cache
  exact.cacheSize = r.cacheSize
  const writer = new Writer(1024)
  writer.raw(r.bytes.subarray(at, at + 30))
  encodeTerm(writer, module)
  for (let i = 0; i < count; i++) {
    exact.openFuns = 0
    encodeTerm(writer, readTerm(exact, 0))
  }
  writer.setU32(1, writer.offset - 1)
  return copyBytes(writer.bytes, 0, writer.offset)
}
