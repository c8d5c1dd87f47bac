import { styleText } from 'node:util'
import { flushOutput, startGroupLeader } from '../io/index.ts'
import { type Kernel, type LocalProcess, runAs } from '../process/index.ts'
import { type Atom, atom, formatExit, inspect, nonode, type Pid, type Term } from '../term/index.ts'
import {
  type EvaluationResult,
  type Evaluator,
  formatThrown,
  GlobalEvaluator,
  incompleteInput,
  isIncomplete,
  loadParsers,
} from './evaluator/index.ts'
import { complete, helpers, noResult, type Reload, ResultHistory } from './helpers/index.ts'
import type { Completion, ReadRequest, Terminal } from './terminal/index.ts'
import { highlight } from './terminal/index.ts'

export interface ShellOptions {
  readonly kernel: Kernel
  readonly terminal: Terminal
  /** What is in scope at the prompt, by name. */
  readonly bindings: Readonly<Record<string, unknown>>
  /** Ends everything, for `System.halt()` and Ctrl-C. */
  readonly halt: (code: number) => void
  /** What evaluates; in the global scope, unless given. */
  readonly evaluator?: Evaluator
  /** Where the output of what is typed goes; to the terminal, unless given. */
  readonly groupLeader?: Pid
  /** Names of nodes that Tab may put into a string. */
  readonly nodes?: () => readonly string[] | Promise<readonly string[]>
  /** Told what is imported at the prompt, before it is. */
  readonly onImport?: (specifier: string) => void
  /** What `r()` does. */
  readonly reload?: Reload
}

type EvaluationOutcome =
  | EvaluationResult
  | { readonly thrown: unknown }
  | { readonly died: Term }
  | typeof incompleteInput

/**
 * A shell on a kernel. It owns the terminal: prompts and lines are its business, what is typed is evaluated as the code of
 * an evaluator process. When that process is ended by a signal, another one goes on with everything that was declared.
 */
export class Shell {
  readonly kernel: Kernel
  readonly evaluator: Evaluator
  /** What is in scope at the prompt without having been declared there. */
  readonly scope: Readonly<Record<string, unknown>>
  readonly #options: ShellOptions
  readonly #modules = new Map<string, unknown>()
  readonly #terminal: Terminal
  readonly #groupLeader: Pid
  readonly #server: LocalProcess
  readonly #results = new ResultHistory()
  #process!: LocalProcess
  #reading = false
  #ended = false
  #onEvaluatorExit: ((reason: Term) => void) | undefined
  #interruptedAt = Number.NEGATIVE_INFINITY

  constructor(options: ShellOptions) {
    const { kernel, terminal } = options
    this.kernel = kernel
    this.evaluator = options.evaluator ?? new GlobalEvaluator(options.onImport)
    this.#options = options
    this.#terminal = terminal
    this.#groupLeader = options.groupLeader ?? ownGroupLeader(kernel, terminal)
    this.#server = kernel.create({ label: 'shell' })
    this.#server.handle(() => {})
    this.scope = { ...options.bindings, ...this.#helpers() }
    this.evaluator.bind(this.scope)
    terminal.onInterrupt(() => this.interrupt())
    this.#startEvaluatorProcess()
  }

  /** The process whose code is typed here. */
  get process(): LocalProcess {
    return this.#process
  }

  /**
   * Reads and evaluates until the input ends.
   *
   * @param first what is typed at the first prompt, when that is there already
   * @returns whether nothing that was read has thrown
   */
  async run(first?: Promise<string | undefined>): Promise<boolean> {
    let well = true
    let early = first
    // The prompt first: what reads TypeScript takes a moment to load.
    setImmediate(() => void loadParsers())
    while (!this.#ended) {
      this.#reading = true
      const input = await (early ?? this.#terminal.readInput(this.#readRequest()))
      early = undefined
      this.#reading = false
      this.#interruptedAt = Number.NEGATIVE_INFINITY
      if (input === undefined) break
      if (input.trim() !== '') well = (await this.#evaluate(input)) && well
    }
    await this.#outputDone()
    return well
  }

  /** Evaluates code that was not typed. False when it threw, which has been printed then. */
  async evaluate(code: string, file?: string): Promise<boolean> {
    const outcome = await this.#runInput(code, file)
    if (outcome === incompleteInput) this.#printThrown(new SyntaxError('the code ends too early'))
    else if ('thrown' in outcome) this.#printThrown(outcome.thrown)
    await this.#outputDone()
    return outcome !== incompleteInput && 'value' in outcome
  }

  /**
   * What a name stands for that a function takes along to another node: what was declared here. The words of the prompt,
   * modules and what JavaScript has are undefined here, since they are found there.
   */
  lookup(name: string): { readonly value: unknown } | undefined {
    const found = this.evaluator.lookup(name)
    if (!found) return undefined
    const { value } = found
    if (Object.hasOwn(this.scope, name) && this.scope[name] === value) return undefined
    if (this.#modules.has(name) && this.#modules.get(name) === value) return undefined
    return STANDARD_GLOBALS.has(name) && (globalThis as Record<string, unknown>)[name] === value
      ? undefined
      : found
  }

  /** Makes modules of this node words of the prompt. */
  bindModules(modules: Readonly<Record<string, unknown>>): void {
    this.evaluator.bind(modules)
    for (const [name, module] of Object.entries(modules)) this.#modules.set(name, module)
  }

  close(): void {
    this.#ended = true
    this.#process.exit(atom('normal'))
    this.#server.exit(atom('normal'))
    this.evaluator.close()
    this.#terminal.close()
  }

  async #evaluate(input: string): Promise<boolean> {
    const outcome = await this.#runInput(input)
    if (outcome === incompleteInput) this.#printThrown(new SyntaxError('the input ended too early'))
    else if ('thrown' in outcome) this.#printThrown(outcome.thrown)
    if (outcome === incompleteInput || !('value' in outcome)) return false
    this.#results.add(outcome.value)
    if (outcome.shown && outcome.value !== noResult) this.#terminal.write(`${this.#inspect(outcome.value)}\n`)
    return true
  }

  // Ends with what was evaluated, or with the end of the process that evaluates.
  #runInput(input: string, file?: string): Promise<EvaluationOutcome> {
    const { process } = this
    return new Promise((resolve) => {
      this.#onEvaluatorExit = (died) => resolve({ died })
      void runAs(process, async () => {
        try {
          const outcome = await (file === undefined
            ? this.evaluator.evaluate(input, this.#results.next)
            : this.evaluator.evaluate(input, 1, file))
          await flushOutput(process)
          resolve(outcome)
        } catch (thrown) {
          await flushOutput(process)
          resolve({ thrown })
        }
      })
    }).then((outcome) => {
      this.#onEvaluatorExit = undefined
      return outcome as EvaluationOutcome
    })
  }

  #printThrown(thrown: unknown): void {
    this.#printError(formatThrown(thrown, this.kernel, this.#results.next))
  }

  #printError(text: string): void {
    this.#terminal.write(`${this.#terminal.colors ? red(text) : text}\n`)
  }

  #startEvaluatorProcess(): void {
    const process = this.kernel.create({ groupLeader: this.#groupLeader, label: 'shell evaluator' })
    this.#process = process
    this.#results.clear()
    this.#server.ties.monitor(process.pid, (reason) => {
      if (this.#ended) return
      const self = { self: this.kernel.name }
      this.#startEvaluatorProcess()
      this.#printError(
        `** (EXIT from ${inspect(process.pid, self)}) shell process exited with reason: ${formatExit(reason, self)}\n`,
      )
      if (this.#reading) this.#terminal.reprompt(...this.#prompts())
      this.#onEvaluatorExit?.(reason)
    })
  }

  // What the evaluator's last output was is on the terminal before the shell ends.
  #outputDone(): Promise<void> {
    const { process } = this
    return process.alive ? flushOutput(process) : Promise.resolve()
  }

  #readRequest(): ReadRequest {
    return readRequest(this.#prompts(), (text, cursor) => this.complete(text, cursor))
  }

  #prompts(): Prompts {
    return promptsFor(this.kernel.name, this.#results.next)
  }

  /** What Tab may put at the cursor. */
  complete(text: string, cursor: number): Promise<Completion> {
    const { kernel, evaluator } = this
    const { nodes = () => [] } = this.#options
    return complete(text, cursor, { kernel, evaluator, scope: this.scope, modules: this.#modules, nodes })
  }

  #inspect(value: unknown): string {
    const { columns = 80, colors } = this.#terminal
    return inspect(value, { self: this.kernel.name, width: Math.min(80, columns), colors })
  }

  /** What Ctrl-C does: it drops what is being typed, or what is being waited for; a second one ends the shell. */
  interrupt(): void {
    const now = performance.now()
    if (now - this.#interruptedAt < 2_000) return this.#options.halt(0)
    this.#interruptedAt = now
    if (!this.#reading) {
      this.#terminal.discard()
      this.#terminal.write('(Ctrl-C again to leave)\n')
      return this.#process.exit(atom('interrupted'))
    }
    this.#terminal.discard()
    this.#terminal.write('(Ctrl-C again to leave)\n')
  }

  #helpers(): Record<string, unknown> {
    return helpers({
      kernel: this.kernel,
      results: this.#results,
      print: (text) => this.#terminal.write(text),
      show: (value) => this.#inspect(value),
      width: () => Math.min(80, this.#terminal.columns ?? 80),
      scope: () => this.scope,
      halt: this.#options.halt,
      reload: this.#options.reload,
      bindModules: (modules) => this.bindModules(modules),
    })
  }
}

type Prompts = readonly [prompt: string, continuation: string]

/** What the first prompt asks of a shell without a node that is yet to come. */
export function firstReadRequest(shell: Promise<Shell>): ReadRequest {
  return readRequest(promptsFor(nonode, 1), async (text, cursor) => (await shell).complete(text, cursor))
}

function readRequest([prompt, continuation]: Prompts, complete: ReadRequest['complete']): ReadRequest {
  return { prompt, continuation, highlight, isIncomplete, complete }
}

function promptsFor(node: Atom, line: number): Prompts {
  const place = node === nonode ? `(${line})> ` : `(${node.name})${line}> `
  return [`moebi${place}`, `...${place}`]
}

const USER = atom('user')
// Taken before anything is bound: what JavaScript and Node.js have everywhere.
const STANDARD_GLOBALS = new Set(Object.getOwnPropertyNames(globalThis))

// Where the output of what is started here goes: to the terminal. A node has one already.
function ownGroupLeader(kernel: Kernel, terminal: Terminal): Pid {
  const leader = kernel.process(kernel.user) ?? startGroupLeader(kernel, terminal)
  kernel.user = leader.pid
  if (!leader.registeredName) kernel.register(leader, USER)
  return leader.pid
}

// Line by line, so that a terminal that scrolls and a log that is cut keep the colour where it belongs.
function red(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : styleText('red', line, { validateStream: false })))
    .join('\n')
}
