import { type Atom, Fun } from '../../term/index.ts'
import { encodeTerm, Writer } from '../encode/index.ts'
import { NEW_PID_EXT, PID_EXT } from '../tags.ts'
import { readNameAtom } from './atoms.ts'
import { readPid } from './identifiers.ts'
import { Reader, type ReadTerm } from './reader.ts'
import { copyBytes } from './text.ts'

const MAX_FUNS = 16
/** Levels of a free variable that are read by recursion, whatever the depth of the fun is. */
const MAX_RECURSION = 32

/**
 * NEW_FUN_EXT: its size (itself included), arity, MD5 of the module, index, number of free variables; then the module,
 * the old index, the old unique number, the pid of the process that made it, and the free variables.
 *
 * The fun keeps its bytes. They are also decoded, so that a fun with an error in it is not sent on to another node.
 */
export function readFun(r: Reader, at: number, readTerm: ReadTerm): Fun {
  if (++r.openFuns > MAX_FUNS) r.fail(at, `is nested in more than ${MAX_FUNS} other funs`)
  r.offset = at + 1
  r.ensureAvailable(29, at)
  const size = r.u32()
  const end = at + 1 + size
  if (end > r.end) r.checkCount(size - 4, 1, 'byte', at)
  const arity = r.bytes[r.offset]!
  const uniq = copyBytes(r.bytes, r.offset + 1, r.offset + 17)
  r.offset += 17
  const index = r.u32()
  const free = r.u32()
  const cacheUsed = r.cacheUsed
  r.cacheUsed = false
  const module = readNameAtom(r, at)
  const body = r.offset
  for (const what of ['old index', 'old unique number'])
    if (typeof readTerm(r, r.maxRecursion) !== 'number') r.fail(at, `has an ${what}, which is an integer`)
  if (r.offset >= r.end || (r.bytes[r.offset] !== NEW_PID_EXT && r.bytes[r.offset] !== PID_EXT))
    r.fail(at, 'has the pid of the process that made it')
  readPid(r, r.offset)
  r.checkCount(free, 1, 'free variable', at)
  for (let i = 0; i < free; i++) readTerm(r, Math.max(0, r.maxRecursion - MAX_RECURSION))
  if (r.offset !== end) r.fail(at, `has ${size} bytes by its size, got ${r.offset - at - 1}`)
  const external = r.cacheUsed
    ? withoutCacheRefs(r, at, module, 3 + free, body, readTerm)
    : copyBytes(r.bytes, at, end)
  r.cacheUsed ||= cacheUsed
  r.openFuns--
  return new Fun(module, arity, index, uniq, external)
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
  const exact = new Reader({ exact: true, binaries: 'bytes', maxDepth: r.maxDepth })
  exact.reset(r.bytes, body, r.end)
  exact.cache = r.cache
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
