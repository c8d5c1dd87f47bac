import type { Kernel, LocalProcess } from '../../process/index.ts'
import {
  _,
  Atom,
  atom,
  escapeName,
  formatExit,
  is,
  isTuple,
  type Pid,
  type Term,
  text,
  tuple,
} from '../../term/index.ts'
import { isIncomplete } from '../evaluator/index.ts'
import type { Completion, Terminal } from '../terminal/index.ts'
import { highlight } from '../terminal/index.ts'
import * as wire from './protocol.ts'

/** Reason for which a shell on another node has ended, as a sentence; undefined when the user ended it. */
export type ShellExit = undefined | string

/**
 * Client of a shell on another Moebi node. The terminal of this node edits, colours and records the inputs; the other node
 * evaluates them.
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
  #end: (exit: ShellExit) => void = () => {}

  /** @param groupLeader group leader of the shell's process, to which the code at the prompt prints */
  constructor(kernel: Kernel, terminal: Terminal, node: Atom, groupLeader: Pid) {
    this.#node = node
    this.#terminal = terminal
    this.#process = kernel.create({ groupLeader, label: 'remsh' })
    this.#process.handle((message) => this.#receive(message))
  }

  /** Opens the shell. Resolves when it has ended. */
  async run(): Promise<ShellExit> {
    const node = this.#node
    const { kernel, pid } = this.#process
    const { colors, columns = 80 } = this.#terminal
    const ended = new Promise<ShellExit>((resolve) => {
      this.#end = resolve
    })
    this.#terminal.onInterrupt(() => this.#onInterrupt())
    const options = { colors, columns }
    const { result } = kernel.requestSpawn(
      this.#process,
      node,
      wire.SHELL_MODULE,
      wire.START,
      [pid, options],
      {
        monitor: true,
      },
    )
    const answer = await result
    if (answer instanceof Atom)
      return `${escapeName(node.name)} could not be reached: ${escapeName(answer.name)}.`
    this.#shell = answer
    const exit = await ended
    this.#process.exit(atom('normal'))
    return exit
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

  // A second Ctrl-C ends the client without the node, which may not respond.
  #onInterrupt(): void {
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
  if (reason === atom('noconnection')) return `the connection to ${escapeName(node.name)} was lost.`
  // The function is not defined on a node that serves no shells.
  const [first] = isTuple(reason) ? (reason.elements as readonly Term[]) : []
  if (first === atom('undef'))
    return (
      `${escapeName(node.name)} does not serve shells to other nodes. Nodes of moebi shell do, and programs that call ` +
      'Node.start({ …, remoteShell }).'
    )
  return `the shell on ${escapeName(node.name)} has ended: ${formatExit(reason, { self: kernel.name })}`
}

function textOf(term: Term): string {
  return typeof term === 'string' || term instanceof Uint8Array ? text(term) : ''
}
