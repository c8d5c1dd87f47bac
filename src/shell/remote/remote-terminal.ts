import type { LocalProcess } from '../../process/index.ts'
import { _, is, type Pid, type Term, text, tuple } from '../../term/index.ts'
import type { ReadRequest, Terminal } from '../terminal/index.ts'
import * as wire from './protocol.ts'

interface PendingRead {
  readonly id: number
  readonly request: ReadRequest
  readonly resolve: (text: string | undefined) => void
}

/** Terminal on another Moebi node, for a shell on this one. The shell's process passes its messages to {@link RemoteTerminal.receive}. */
export class RemoteTerminal implements Terminal {
  readonly interactive = true
  readonly colors: boolean
  readonly rows = undefined
  columns: number
  readonly #process: LocalProcess
  readonly #client: Pid
  #lastId = 0
  #read: PendingRead | undefined
  #interrupt: () => void = () => {}

  constructor(
    process: LocalProcess,
    client: Pid,
    options: { readonly colors: boolean; readonly columns: number },
  ) {
    this.#process = process
    this.#client = client
    this.colors = options.colors
    this.columns = options.columns
  }

  write(text: string): void {
    this.#send(tuple(wire.WRITE, text))
  }

  readInput(request: ReadRequest): Promise<string | undefined> {
    return new Promise((resolve) => {
      const id = ++this.#lastId
      this.#read = { id, request, resolve }
      this.#send(tuple(wire.READ, id, request.prompt, request.continuation))
    })
  }

  readLine(prompt: string): Promise<string | undefined> {
    return this.readInput({ prompt, continuation: '', isIncomplete: () => false, complete: () => NOTHING })
  }

  reprompt(prompt: string, continuation: string): void {
    this.#send(tuple(wire.REPROMPT, prompt, continuation))
  }

  onInterrupt(interrupt: () => void): void {
    this.#interrupt = interrupt
  }

  discard(): void {
    this.#send(wire.DISCARD)
  }

  close(): void {
    this.#send(wire.CLOSE)
  }

  /** Handles a message of the process that owns the terminal. */
  receive(message: Term): void {
    if (!is(message, [wire.SHELL_MODULE, this.#client, _])) return
    const [, , request] = message
    const read = this.#read
    if (request === wire.INTERRUPT) this.#interrupt()
    else if (is(request, [wire.INPUT, _.integer, _, _.integer])) {
      const [, id, typed, columns] = request
      if (!read || read.id !== Number(id)) return
      this.#read = undefined
      this.columns = Number(columns)
      read.resolve(typed === wire.EOF ? undefined : textOf(typed))
    } else if (is(request, [wire.COMPLETE, _.integer, _, _.integer])) {
      const [, id, typed, cursor] = request
      void this.#complete(Number(id), textOf(typed), Number(cursor))
    }
  }

  async #complete(id: number, typed: string, cursor: number): Promise<void> {
    const { from, candidates } = await Promise.resolve(this.#read?.request.complete(typed, cursor))
      .then((completion) => completion ?? NOTHING)
      .catch(() => NOTHING)
    this.#send(tuple(wire.COMPLETION, id, from, [...candidates]))
  }

  #send(request: Term): void {
    const { kernel, pid } = this.#process
    kernel.send(pid, this.#client, tuple(wire.SHELL_MODULE, pid, request))
  }
}

const NOTHING = { from: 0, candidates: [] }

function textOf(term: Term): string {
  return typeof term === 'string' || term instanceof Uint8Array ? text(term) : ''
}
