import { charlist, formatExit, type Term, tuple } from '../../term/index.ts'
import type { LocalProcess } from '../local-process.ts'
import { reportOf } from './report.ts'

// The emulator's own format, which OTP and Elixir recognise.
const CRASH_FORMAT = charlist('Error in process ~p on node ~p with exit value:~n~p~n')

/** Reports that the code of a process threw an error. */
export function reportCrash(process: LocalProcess, reason: Term): void {
  const { kernel, pid } = process
  const text = `Process ${kernel.inspect(pid)} raised an exception\n${exceptionText(reason, process)}`
  reportOf(process, 'error', { text, event: tuple(CRASH_FORMAT, [pid, kernel.name, reason]) }, reason)
}

// The report says "raised an exception" itself, so only the sentence and the stack follow.
function exceptionText(reason: Term, { kernel }: LocalProcess): string {
  const lines = formatExit(reason, { self: kernel.name }).split('\n')
  return (lines[0] === 'an exception was raised:' ? lines.slice(1) : lines)
    .map((line) => line.replace(/^ {4}/, ''))
    .join('\n')
}
