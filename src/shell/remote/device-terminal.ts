import { sendIORequest } from '../../io/index.ts'
import type { LocalProcess } from '../../process/index.ts'
import { atom, charlist, isTuple, type Term, text, tuple } from '../../term/index.ts'
import type { ReadRequest, Terminal } from '../terminal/index.ts'

const UNICODE = atom('unicode')

/** Terminal that is used over the I/O protocol: the group leader of a process, on this node or another one. */
export class DeviceTerminal implements Terminal {
  readonly interactive = true
  readonly colors = false
  readonly columns = undefined
  readonly rows = undefined
  readonly #process: LocalProcess
  #interrupt: () => void = () => {}

  constructor(process: LocalProcess) {
    this.#process = process
  }

  write(text: string): void {
    this.#request(tuple(atom('put_chars'), UNICODE, text), () => {})
  }

  async readInput({ prompt, continuation, isIncomplete }: ReadRequest): Promise<string | undefined> {
    let typed = ''
    for (;;) {
      const line = await this.readLine(typed === '' ? prompt : continuation)
      if (line === undefined) return typed === '' ? undefined : typed
      typed += line
      if (typed.trim() === '' || !(await isIncomplete(typed))) return typed
    }
  }

  readLine(prompt: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#request(tuple(atom('get_line'), UNICODE, charlist(prompt)), (answer) => {
        if (typeof answer === 'string' || answer instanceof Uint8Array) resolve(text(answer))
        else if (Array.isArray(answer)) resolve(String.fromCodePoint(...(answer as number[])))
        // {error, interrupted} means that the group leader has dropped the line.
        else resolve(isTuple(answer) && answer.elements[1] === atom('interrupted') ? '\n' : undefined)
      })
    })
  }

  /** Handles Ctrl-C, which iex sends as an exit signal. */
  interrupt(): void {
    this.#interrupt()
  }

  reprompt(): void {}

  onInterrupt(interrupt: () => void): void {
    this.#interrupt = interrupt
  }

  discard(): void {}

  close(): void {}

  #request(request: Term, answered: (answer: Term) => void): void {
    const process = this.#process
    if (!process.alive) return
    sendIORequest(process, process.groupLeader, request, answered, () => answered(atom('eof')))
  }
}
