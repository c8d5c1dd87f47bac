import { basename, isAbsolute, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeFolder } from '../../package/index.ts'
import { Atom } from '../atom.ts'
import { charlist } from '../list.ts'
import type { Term } from '../term.ts'
import { tuple } from '../tuple.ts'
import { isModuleOfElixir } from './modules-of-elixir.ts'

/** A line of a stack of V8. */
interface Frame {
  /** The function as V8 names it, such as `async Chat.receiveMessage` or `new Chat`; empty at the top level of a file. */
  readonly callee: string
  readonly file: string
  readonly line: number
}

// The folder of the code of this package: `src` or `dist`.
const ownFolder = pathOf(codeFolder.href)

/**
 * Returns the stack of an error as a stacktrace of Erlang: a list of `{module, function, arity, [file:, line:]}`.
 *
 * The module is named after the file (`src/chat-server.ts` is `ChatServer`). The arity is 0, since a stack of V8 does not
 * have it. Frames of Node.js are omitted. Frames of this package are omitted too, and paths have no folders outside of the
 * working directory, unless the environment variable `MOEBI_STACKTRACE` is `full`.
 */
export function stacktraceOf(error: Error): Term[] {
  const frames = framesOf(String(error.stack ?? ''))
  const full = process.env.MOEBI_STACKTRACE === 'full'
  if (full) return frames.map((frame) => entryOf(frame, frame.file))
  return frames
    .filter(({ file }) => !file.startsWith(ownFolder))
    .map((frame) => entryOf(frame, shortened(frame.file)))
}

// `at callee (file:line:column)`, `at file:line:column`, and for evaluated code `at eval (eval at f (…), file:line:column)`.
const frame = /^\s*at (?:(.*?) \()?(?:eval at .*, )?((?:file:\/\/)?[^()]*?):(\d+):(\d+)\)?$/

function framesOf(stack: string): Frame[] {
  const frames: Frame[] = []
  for (const text of stack.split('\n')) {
    const found = frame.exec(text)
    if (!found || /^(async )?node:/.test(found[2]!)) continue
    const [, callee = '', file = '', line = '0'] = found
    frames.push({ callee, file: pathOf(file.replace(/^async /, '')), line: Number(line) })
  }
  return frames
}

function pathOf(file: string): string {
  if (!file.startsWith('file://')) return file
  try {
    return fileURLToPath(file)
  } catch {
    return file
  }
}

/** @param shownFile the file as the stacktrace shows it */
function entryOf({ callee, file, line }: Frame, shownFile: string): Term {
  const name = callee
    .replace(/^(async|new) /, '')
    .replace(/ \[as .*\]$/, '')
    .split('.')
    .at(-1)!
  const anonymous = name === '' || name === '<anonymous>' || name === 'eval'
  // Elixir shows `__FILE__/1` as `file:line: (file)`.
  const [called, arity] = anonymous ? ['__FILE__', 1] : [name.slice(0, 255), 0]
  const location = [tuple(Atom.intern('file'), charlist(shownFile)), tuple(Atom.intern('line'), line)]
  return tuple(Atom.intern(moduleOf(file)), Atom.intern(called), arity, location) as Term
}

/** Returns a path that tells another node nothing about the folders of this machine. */
function shortened(file: string): string {
  if (!isAbsolute(file)) return file
  const path = relative(process.cwd(), file)
  if (!path.startsWith('..') && !isAbsolute(path)) return path
  const [, inPackage] = /^.*[\\/]node_modules[\\/](.*)$/s.exec(file) ?? []
  return inPackage ?? basename(file)
}

function moduleOf(file: string): string {
  const base = basename(file).replace(/\.[cm]?[jt]sx?$/, '')
  const words = base.split(/[^a-zA-Z0-9]+/).filter((word) => word !== '')
  const name = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
  if (!/^[A-Z]/.test(name)) return 'Elixir.JavaScript'
  return `Elixir.${isModuleOfElixir(name) ? 'JavaScript.' : ''}${name}`.slice(0, 255)
}
