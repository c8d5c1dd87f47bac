import { fileURLToPath } from 'node:url'
import { codeFolder } from '../../package/index.ts'
import type { Kernel } from '../../process/index.ts'
import {
  ElixirError,
  ErlangError,
  ExitError,
  errorToReason,
  escapeControls,
  formatException,
  formatExit,
  formatStacktrace,
  inspect,
  isTuple,
  type Term,
} from '../../term/index.ts'
import { INPUT_FILE } from './evaluator.ts'
import { InputSyntaxError } from './transform-source.ts'

/**
 * Returns the text that the shell prints for a thrown value: a sentence, and the stack frames of the user's own code.
 *
 * @param firstLine number of the input's first line
 */
export function formatThrown(thrown: unknown, kernel: Kernel, firstLine = 1): string {
  if (thrown instanceof InputSyntaxError)
    return `${escapeControls(sentence(thrown, kernel))}\n${excerpt(thrown, firstLine)}`
  const lines = userFrames(thrown)
  return escapeControls(sentence(thrown, kernel)) + (lines === '' ? '' : `\n${lines}`)
}

function excerpt({ line, column, source }: InputSyntaxError, firstLine: number): string {
  const location = `${INPUT_FILE}:${firstLine + line - 1}:${column}`
  return `    ${location}\n      ${source}\n      ${source.slice(0, column - 1).replaceAll(/[^\t]/g, ' ')}^`
}

function sentence(thrown: unknown, kernel: Kernel): string {
  const self = { self: kernel.name }
  if (thrown instanceof ExitError) return `** (exit) ${formatExit(thrown.reason, self)}`
  if (thrown instanceof ErlangError) return formatException(thrown.reason, [], self)
  if (thrown instanceof ElixirError) return formatException(thrown, [], self)
  if (thrown instanceof Error) {
    const cause = thrown.cause instanceof Error ? `\n    because: ${thrown.cause.message}` : ''
    return `** (${thrown.name}) ${thrown.message}${cause}`
  }
  return `** (throw) ${inspect(thrown as Term, self)}`
}

// Frames of Node.js, of Moebi and of packages are left out.
function userFrames(thrown: unknown): string {
  if (!(thrown instanceof Error) || typeof thrown.stack !== 'string') return ''
  const frames = thrown.stack.split('\n').filter(isUserFrame)
  if (frames.length === 0) return ''
  const error = new Error()
  error.stack = frames.join('\n')
  const reason = errorToReason(error)
  return isTuple(reason) ? formatStacktrace(reason.elements[1] as Term) : ''
}

const FRAME = /^\s*at (?:async )?(?:.*\()?(?:async )?(.*?):\d+:\d+\)?$/
const root = fileURLToPath(codeFolder)

function isUserFrame(line: string): boolean {
  const [, file] = FRAME.exec(line) ?? []
  if (file === undefined) return false
  if (file === INPUT_FILE) return true
  const path = file.replace(/^file:\/\//, '')
  return path.startsWith('/') && !path.startsWith(root) && !path.includes('/node_modules/')
}
