import type { Kernel, LocalProcess } from '../../process/index.ts'
import { _, Atom, atom, formatExit, is, isTuple, type Pid, type Term, text, tuple } from '../../term/index.ts'
import { isIncomplete } from '../evaluator/index.ts'
import type { Completion, Terminal } from '../terminal/index.ts'
import { highlight } from '../terminal/index.ts'
import * as wire from './protocol.ts'

/** How a shell on another node has ended: by itself, or with a sentence that says why. */
export type ShellExit = undefined | string

/**
 * A shell on another Moebi node, shown at a terminal here. Keys, history and colours are of this side; what is typed is
 * evaluated there.
 */
export class RemoteShellClient {
  readonly #process: LocalProcess
  readonly #terminal: Terminal
  readonly #node: Atom
  readonly #completions = new Map<number, (completion: Completion) => void>()
  #shell: Pid | undefined
  #lastId = 0
  #closed = false
  #interruptedAt = Number.NEGATIVE_INFINITY
  #end: (end: ShellExit) => void = () => {}

  /** @param groupLeader where the output of what is typed goes */
  constructor(kernel: Kernel, terminal: Terminal, node: Atom, groupLeader: Pid) {
    this.#node = node
    this.#terminal = terminal
    this.#process = kernel.create({ groupLeader, label: 'remsh' })
    this.#process.handle((message) => this.#receive(message))
  }

  /** Opens the shell, and resolves when it has ended. */
  async run(): Promise<ShellExit> {
    const node = this.#node
    const { kernel, pid } = this.#process
    const { colors, columns = 80 } = this.#terminal
    const ended = new Promise<ShellExit>((resolve) => {
      this.#end = resolve
    })
    this.#terminal.onInterrupt(() => this.#interrupted())
    const options = { colors, columns }
    const { result } = kernel.spawns.ask(this.#process, node, wire.SHELL_MODULE, wire.START, [pid, options], {
      monitor: true,
    })
    const answer = await result
    if (answer instanceof Atom) return `${node.name} could not be reached: ${answer.name}.`
    this.#shell = answer
    const end = await ended
    this.#process.exit(atom('normal'))
    return end
  }

  #receive(message: Term): void {
    if (is(message, [atom('DOWN'), _, _, _, _])) return this.#down(message[4])
    if (!is(message, [wire.SHELL_MODULE, _.pid, _])) return
    const [, from, request] = message
    if (this.#shell && from !== this.#shell) return
    this.#shell ??= from
    if (request === wire.DISCARD) this.#terminal.discard()
    else if (request === wire.CLOSE) this.#closed = true
    else if (is(request, [wire.WRITE, _])) this.#terminal.write(textOf(request[1]))
    else if (is(request, [wire.REPROMPT, _, _]))
      this.#terminal.reprompt(textOf(request[1]), textOf(request[2]))
    else if (is(request, [wire.READ, _.integer, _, _]))
      void this.#read(request[1], textOf(request[2]), textOf(request[3]))
    else if (is(request, [wire.COMPLETION, _.integer, _.integer, _.list])) {
      const [, id, start, candidates] = request
      this.#completions.get(Number(id))?.({ from: Number(start), candidates: candidates.map(textOf) })
      this.#completions.delete(Number(id))
    }
  }

  #down(reason: Term): void {
    const { kernel } = this.#process
    this.#end(this.#closed || reason === atom('normal') ? undefined : sentence(reason, this.#node, kernel))
  }

  async #read(id: Term, prompt: string, continuation: string): Promise<void> {
    const typed = await this.#terminal.readInput({
      prompt,
      continuation,
      highlight,
      isIncomplete,
      complete: (text, cursor) => this.#complete(text, cursor),
    })
    this.#interruptedAt = Number.NEGATIVE_INFINITY
    this.#send(tuple(wire.INPUT, id, typed ?? wire.EOF, this.#terminal.columns ?? 80))
  }

  #complete(text: string, cursor: number): Promise<Completion> {
    const id = ++this.#lastId
    return new Promise((resolve) => {
      this.#completions.set(id, resolve)
      this.#send(tuple(wire.COMPLETE, id, text, cursor))
    })
  }

  // The node may be busy for ever: twice leaves without asking it.
  #interrupted(): void {
    const now = performance.now()
    if (now - this.#interruptedAt < 2_000) return this.#end(undefined)
    this.#interruptedAt = now
    this.#send(wire.INTERRUPT)
  }

  #send(request: Term): void {
    const { kernel, pid } = this.#process
    if (this.#shell) kernel.send(pid, this.#shell, tuple(wire.SHELL_MODULE, pid, request))
  }
}

function sentence(reason: Term, node: Atom, kernel: Kernel): string {
  if (reason === atom('noconnection')) return `the connection to ${node.name} was lost.`
  // A node that opens no shells has no such function.
  const [first] = isTuple(reason) ? (reason.elements as readonly Term[]) : []
  if (first === atom('undef'))
    return (
      `${node.name} does not open shells for other nodes: those of moebi shell do, and programs that say ` +
      'Node.start({ …, remoteShell }).'
    )
  return `the shell on ${node.name} has ended: ${formatExit(reason, { self: kernel.name })}`
}

function textOf(term: Term): string {
  return typeof term === 'string' || term instanceof Uint8Array ? text(term) : ''
}
