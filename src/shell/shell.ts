import { styleText } from 'node:util'
import { flushOutput, startGroupLeader } from '../io/index.ts'
import { type Kernel, type LocalProcess, runInProcess } from '../process/index.ts'
import {
  type Atom,
  atom,
  formatExit,
  hideFields,
  inspect,
  nonode,
  type Pid,
  type Term,
} from '../term/index.ts'
import {
  closureScopes,
  type EvaluationResult,
  type Evaluator,
  formatThrown,
  GlobalEvaluator,
  incompleteInput,
  isIncomplete,
} from './evaluator/index.ts'
import { complete, helpers, noResult, type Reload, ResultHistory } from './helpers/index.ts'
import { nestModules } from './nest-modules.ts'
import type { Completion, ReadRequest, Terminal } from './terminal/index.ts'
import { highlight } from './terminal/index.ts'

export interface ShellOptions {
  readonly kernel: Kernel
  readonly terminal: Terminal
  /** Values in scope at the prompt, by name. */
  readonly bindings: Readonly<Record<string, unknown>>
  /** Ends the program or the shell, for `System.halt()` and for Ctrl-C twice. */
  readonly halt: (code: number) => void
  /** Evaluator of the inputs; a {@link GlobalEvaluator} unless given. */
  readonly evaluator?: Evaluator
  /** Group leader of the evaluator process; one that prints to the terminal unless given. */
  readonly groupLeader?: Pid
  /** Returns the names of nodes to which Tab may complete a string. */
  readonly nodes?: () => readonly string[] | Promise<readonly string[]>
  /** Called with the specifier of each import at the prompt, before the import. */
  readonly onImport?: (specifier: string) => void
  /** Implements `r()`. */
  readonly reload?: Reload
}

type EvaluationOutcome =
  | EvaluationResult
  | { readonly thrown: unknown }
  | { readonly exitReason: Term }
  | typeof incompleteInput

type AnyFunction = (...args: never[]) => unknown

/** Returns the value of a free variable of a function; undefined for a name that the other node resolves. */
export type FreeVariables = (name: string, fn: AnyFunction) => { readonly value: unknown } | undefined

/**
 * Shell on a kernel. It reads inputs from the terminal and evaluates them as the code of its evaluator process. When a signal ends
 * that process, the shell starts another one; the declarations remain.
 */
export class Shell {
  readonly kernel: Kernel
  readonly evaluator: Evaluator
  /** Values in scope at the prompt that were not declared there: the bindings and the helpers. */
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
    // At a prompt `global` is the global object of Node.js, which other packages use.
    const { global: _global, ...bindings } = options.bindings
    this.scope = { ...bindings, ...this.#helpers() }
    this.evaluator.bind(this.scope)
    terminal.onInterrupt(() => this.interrupt())
    this.#startEvaluatorProcess()
  }

  /** The evaluator process, which is `self()` at the prompt. */
  get process(): LocalProcess {
    return this.#process
  }

  /**
   * Reads and evaluates until the input ends.
   *
   * @param first resolves with the first input, when the terminal reads it already
   * @returns false when an input has thrown
   */
  async run(first?: Promise<string | undefined>): Promise<boolean> {
    let succeeded = true
    let early = first
    while (!this.#ended) {
      this.#reading = true
      const input = await (early ?? this.#terminal.readInput(this.#readRequest()))
      early = undefined
      this.#reading = false
      this.#interruptedAt = Number.NEGATIVE_INFINITY
      if (input === undefined) break
      if (input.trim() !== '') succeeded = (await this.#evaluate(input)) && succeeded
    }
    await this.#outputDone()
    return succeeded
  }

  /** Evaluates code that was not typed. Returns false when it has thrown; the error was printed. */
  async evaluate(code: string, file?: string): Promise<boolean> {
    const outcome = await this.#runInput(code, file)
    if (outcome === incompleteInput) this.#printThrown(new SyntaxError('the code ends too early'))
    else if ('thrown' in outcome) this.#printThrown(outcome.thrown)
    await this.#outputDone()
    return outcome !== incompleteInput && 'value' in outcome
  }

  /**
   * Returns a lookup of the free variables of functions that are sent to another node: those of the functions and modules that
   * enclose a function, then those that were declared at the prompt. It returns undefined for the bindings, helpers, modules and
   * globals of JavaScript, since the other node has its own. It reads the variables of a function once.
   */
  freeVariables(): FreeVariables {
    const scopesOf = new Map<AnyFunction, ReturnType<typeof closureScopes>>()
    return (name, fn) => {
      const scopes = scopesOf.get(fn) ?? closureScopes(fn)
      scopesOf.set(fn, scopes)
      return this.#sentVariable(name, scopes)
    }
  }

  #sentVariable(
    name: string,
    scopes: ReturnType<typeof closureScopes>,
  ): { readonly value: unknown } | undefined {
    const own = scopes.find((scope) => Object.hasOwn(scope, name))
    const found = own ? { value: own[name] } : this.evaluator.lookup(name)
    if (!found) return undefined
    const { value } = found
    if (Object.hasOwn(this.scope, name) && this.scope[name] === value) return undefined
    if (this.#modules.has(name) && this.#modules.get(name) === value) return undefined
    return STANDARD_GLOBALS.has(name) && (globalThis as Record<string, unknown>)[name] === value
      ? undefined
      : found
  }

  /** Adds modules of this node to the scope of the prompt. */
  bindModules(modules: Readonly<Record<string, unknown>>): void {
    const changed = new Set(Object.keys(modules).map((name) => name.split('.')[0]!))
    const nested = nestModules({ ...Object.fromEntries(this.#modules), ...modules })
    const bound = Object.entries(nested).filter(([name]) => changed.has(name))
    this.evaluator.bind(Object.fromEntries(bound))
    for (const [name, module] of [...Object.entries(modules), ...bound]) this.#modules.set(name, module)
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

  // Resolves with the result, the thrown value, or the exit reason of the evaluator process.
  #runInput(input: string, file?: string): Promise<EvaluationOutcome> {
    const { process } = this
    return new Promise((resolve) => {
      this.#onEvaluatorExit = (exitReason) => resolve({ exitReason })
      void runInProcess(process, async () => {
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
    this.#server.monitors.monitor(process.pid, (reason) => {
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

  // Waits until the evaluator's output is on the terminal.
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

  /** Returns what Tab may insert at the cursor. */
  complete(text: string, cursor: number): Promise<Completion> {
    const { kernel, evaluator } = this
    const { nodes = () => [] } = this.#options
    return complete(text, cursor, { kernel, evaluator, scope: this.scope, modules: this.#modules, nodes })
  }

  #inspect(value: unknown): string {
    const { columns = 80, colors } = this.#terminal
    return inspect(value, { self: this.kernel.name, width: Math.min(80, columns), colors })
  }

  /** Handles Ctrl-C: drops the input that is typed, or interrupts the evaluation. A second one within 2 s ends the shell. */
  interrupt(): void {
    const now = performance.now()
    if (now - this.#interruptedAt < 2_000) return this.#options.halt(0)
    this.#interruptedAt = now
    this.#terminal.discard()
    this.#terminal.write('(Ctrl-C again to leave)\n')
    if (!this.#reading) this.#process.exit(atom('interrupted'))
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
      onEnd: (fn) => this.#server.onExit(fn),
    })
  }
}

hideFields(Shell)

type Prompts = readonly [prompt: string, continuation: string]

/** Returns the first read request of a shell without a node, for a terminal that reads before the shell exists. */
export function firstReadRequest(shell: Promise<Shell>): ReadRequest {
  return readRequest(promptsFor(nonode, 1), async (text, cursor) => (await shell).complete(text, cursor))
}

function readRequest([prompt, continuation]: Prompts, complete: ReadRequest['complete']): ReadRequest {
  return { prompt, continuation, highlight, isIncomplete, complete }
}

function promptsFor(node: Atom, line: number): Prompts {
  const suffix = node === nonode ? `(${line})> ` : `(${node.name})${line}> `
  return [`moebi${suffix}`, `...${suffix}`]
}

const USER = atom('user')
// Globals of JavaScript and Node.js, recorded before the shell binds its own.
const STANDARD_GLOBALS = new Set(Object.getOwnPropertyNames(globalThis))

// Returns the group leader that prints to the terminal. A node has started one; without a node it is started here.
function ownGroupLeader(kernel: Kernel, terminal: Terminal): Pid {
  const leader = kernel.process(kernel.user) ?? startGroupLeader(kernel, terminal)
  kernel.user = leader.pid
  if (!leader.registeredName) kernel.register(leader, USER)
  return leader.pid
}

// Colours each line by itself, so that a log that is cut between two lines keeps the colours.
function red(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : styleText('red', line, { validateStream: false })))
    .join('\n')
}
