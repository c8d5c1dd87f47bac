import { type Device, flushOutput, startGroupLeader } from '../io/index.ts'
import { normal } from '../term/index.ts'
import { requireTestProcess } from './test-process.ts'

/** Device that keeps the text that is written, and reads from a given text. */
class TextDevice implements Device {
  readonly columns = undefined
  readonly rows = undefined
  text = ''
  readonly #input: string[]

  constructor(input: string) {
    this.#input = input.match(/[^\n]*\n|[^\n]+$/g) ?? []
  }

  write(text: string): void {
    this.text += text
  }

  readLine(prompt: string): Promise<string | undefined> {
    this.text += prompt
    return Promise.resolve(this.#input.shift())
  }
}

/**
 * Runs a function, and resolves with the text that the test has printed meanwhile: with `IO`, and in processes that the function has
 * started, also on other nodes.
 *
 * When not to use it: for what other processes print, whose group leader is another one.
 *
 * @param input what `IO.gets` and `IO.getn` read; nothing unless given
 * @see `ExUnit.CaptureIO.capture_io/2`
 */
export async function captureIO(
  ...args: [fn: () => unknown] | [input: string, fn: () => unknown]
): Promise<string> {
  const [input, fn] = args.length === 1 ? ['', args[0]] : args
  const process = requireTestProcess('captureIO()')
  const device = new TextDevice(input)
  const leader = startGroupLeader(process.kernel, device)
  const before = process.groupLeader
  process.groupLeader = leader.pid
  try {
    await fn()
    await flushOutput(process)
  } finally {
    process.groupLeader = before
    leader.exit(normal)
  }
  return device.text
}
