import { type LocalProcess, type Runnable, runInProcess } from '../../process/index.ts'
import {
  type Atom,
  after as afterClause,
  atom,
  type Clause,
  ExportFun,
  Fun,
  type Term,
  tuple,
} from '../../term/index.ts'
import {
  Closure,
  type FunctionCode,
  fromTerm,
  listOf,
  type Origin,
  Raise,
  systemLimit,
  withOrigin,
} from '../value/index.ts'
import { CallRequest, type Native, type Steps, TailCall } from './native.ts'
import { stackOf } from './stack.ts'
import { thrownToRaise } from './thrown-to-raise.ts'

/** Slots of a call: arguments first, then captured values, variables and intermediate values. */
export type Env = unknown[]

/** Evaluates an expression that makes no call of the machine, in one step. */
export type Direct = (env: Env) => unknown

/** One step of a compiled function. It changes the state of the machine. */
export type Instruction = (machine: Machine) => void

/** Position in the instructions of a function. Set when the instruction at the position is appended. */
export interface Label {
  pc: number
}

/** Finds the code of functions, modules and funs for a machine. */
export interface CodeLoader {
  /** Returns the function with this name; a promise while its module is fetched; undefined when it does not exist. */
  resolve(module: Atom, name: Atom, arity: number): Callable | undefined | PromiseLike<Callable | undefined>
  /** Whether the module exists on this node or on the node that sent the code. */
  hasModule(module: Atom): boolean | Promise<boolean>
  /** Returns the closure of a fun of another node; undefined for a fun that cannot run here. */
  closureOf(fun: Fun): Closure | Native | undefined
}

export type Callable = { readonly code: FunctionCode } | Native

let running: Machine | undefined

/** Returns the machine that calls the current function of the library. */
export function currentMachine(): Machine {
  if (running) return running
  throw new Error('a function of the library was called outside of a machine')
}

/** Destination of a result: the index of a slot, or one of these constants. `TAIL`: it is the result of the function. */
export const TAIL = -1
/** The result is stored in {@link Machine.value} only. */
const VALUE_ONLY = -2

/** Maximum number of instructions of a slice, after which the run queue continues: about a tenth of a millisecond. */
const SLICE = 2_000
/** Cost of a slice in the run queue's budget, in messages. */
const COST = 64
/** Maximum size of the stack: 1,000,000 nested calls. A call has four entries. */
const MAX_STACK = 4 * 1_000_000
const LONGEST_TIMEOUT = 2 ** 32 - 1
const INFINITY = atom('infinity')
const TIMED_OUT = Symbol('no message in time')
const NEVER: Clause<unknown> = { test: () => false, handle: () => undefined }

/** Handler of exceptions, and the state that it restores. */
interface Handler {
  readonly depth: number
  readonly code: readonly Instruction[]
  readonly label: Label
  readonly env: Env
  readonly slot: number
}

/**
 * Runs compiled functions for one process. It has a stack of its own, so the depth of calls is not limited by the stack of
 * JavaScript. It runs in slices, so that other processes and the event loop get their turn. It stops when its process has ended.
 */
export class Machine implements Runnable {
  readonly process: LocalProcess
  readonly codeLoader: CodeLoader
  code: readonly Instruction[] = NOTHING
  pc = 0
  env: Env = []
  /** Result of the last call. */
  value: unknown = undefined
  #stack: unknown[] = []
  #handlers: Handler[] = []
  #running = false
  readonly #done: (value: unknown) => void
  readonly #failed: (raise: Raise) => void

  constructor(
    process: LocalProcess,
    codeLoader: CodeLoader,
    done: (value: unknown) => void,
    failed: (raise: Raise) => void,
  ) {
    this.process = process
    this.codeLoader = codeLoader
    this.#done = done
    this.#failed = failed
  }

  /** Calls a fun and runs its first slice. The caller is code of the process. */
  start(fn: unknown, args: unknown[]): void {
    this.#running = true
    this.code = [(machine) => machine.apply(fn, args, TAIL)]
    this.#slice()
  }

  run(): number {
    if (!this.process.alive) return 0
    runInProcess(this.process, () => this.#slice())
    return COST
  }

  #slice(): void {
    const before = running
    running = this
    let fuel = SLICE
    while (this.#running && fuel > 0) {
      try {
        while (this.#running && fuel-- > 0) this.code[this.pc++]!(this)
      } catch (thrown) {
        this.#raise(thrownToRaise(thrown))
      }
    }
    running = before
    if (this.#running && this.process.alive) this.process.kernel.runQueue.push(this)
  }

  // Calls

  /** Pushes the position at which to continue after a call, and the destination of its result. */
  push(dst: number): void {
    if (this.#stack.length >= MAX_STACK) systemLimit()
    this.#stack.push(this.code, this.pc, this.env, dst)
  }

  /** Returns from the running function with a result. */
  return(value: unknown): void {
    this.value = value
    const stack = this.#stack
    if (stack.length === 0) return this.#finish(value)
    const dst = stack.pop() as number
    const env = stack.pop() as Env
    this.env = env
    this.pc = stack.pop() as number
    this.code = stack.pop() as readonly Instruction[]
    if (dst >= 0) env[dst] = value
  }

  /** Calls a fun. */
  apply(fn: unknown, args: unknown[], dst: number): void {
    if (fn instanceof Closure) {
      if (fn.code.arity !== args.length) return badArity(fn, args)
      return this.enter(fn.code, args, dst, fn)
    }
    if (fn instanceof ExportFun) {
      if (fn.arity !== args.length) return badArity(fn, args)
      return this.call(fn.module, fn.name, args, dst)
    }
    const callee = fn instanceof Fun ? this.codeLoader.closureOf(fn) : undefined
    if (!callee) throw new Raise('error', tuple(BADFUN, fn))
    if (callee instanceof Closure) this.apply(callee, args, dst)
    else this.#native(callee, args, dst, undefined)
  }

  /** Calls a function by its name. */
  call(module: Atom, name: Atom, args: unknown[], dst: number): void {
    const found = this.codeLoader.resolve(module, name, args.length)
    if (found && 'then' in found) {
      if (dst !== TAIL) this.push(dst)
      return this.#wait(found, (callable) => this.#invoke(callable, module, name, args, TAIL))
    }
    this.#invoke(found, module, name, args, dst)
  }

  #invoke(callable: Callable | undefined, module: Atom, name: Atom, args: unknown[], dst: number): void {
    if (!callable) throw new Raise('error', UNDEF, { module, name, args })
    if ('code' in callable) this.enter(callable.code, args, dst, undefined)
    else this.#native(callable, args, dst, { module, name, args })
  }

  /** @param origin the function as a stack shows it */
  #native(native: Native, args: unknown[], dst: number, origin: Origin | undefined): void {
    try {
      const result = native.fn(...(args as never[]))
      if (!native.isGenerator) return this.#put(result, dst)
      if (dst !== TAIL) this.push(dst)
      this.code = GENERATOR
      this.pc = 0
      this.env = [result, origin]
      this.value = undefined
    } catch (thrown) {
      throw errorWithOrigin(thrown, origin)
    }
  }

  #put(result: unknown, dst: number): void {
    if (result instanceof Promise) {
      if (dst !== TAIL) this.push(dst)
      this.#wait(result, (value) => this.return(value))
    } else if (result instanceof TailCall) this.apply(result.fn, result.args, dst)
    else if (dst >= 0) this.env[dst] = result
    else if (dst === TAIL) this.return(result)
    else this.value = result
    if (!this.process.alive) this.#running = false
  }

  /** Enters a compiled function. */
  enter(code: FunctionCode, args: readonly unknown[], dst: number, closure: Closure | undefined): void {
    const env: Env = new Array(code.slots)
    for (let i = 0; i < args.length; i++) env[i] = args[i]
    if (dst !== TAIL) this.push(dst)
    this.begin(code, env, closure)
  }

  /** Enters a compiled function whose environment holds the arguments. */
  begin(code: FunctionCode, env: Env, closure: Closure | undefined): void {
    if (closure) {
      const { captured } = closure
      const { capturedAt } = code
      for (let i = 0; i < captured.length; i++) env[capturedAt[i]!] = captured[i]
      if (code.selfAt >= 0) env[code.selfAt] = closure
    }
    this.code = code.code as readonly Instruction[]
    this.pc = 0
    this.env = env
  }

  /** Runs the next step of a library function that is a generator. */
  step(): void {
    const [steps, origin] = this.env as [Steps, Origin | undefined]
    try {
      const { done, value } = steps.next(this.value)
      if (done) return this.#put(value, TAIL)
      if (!(value instanceof CallRequest)) throw new TypeError('a function of the library yields calls only')
      this.pc = 0
      this.apply(value.fn, value.args, VALUE_ONLY)
    } catch (thrown) {
      throw errorWithOrigin(thrown, origin)
    }
  }

  // Exceptions

  /** Adds a handler: an exception continues at `label`, with the {@link Raise} in a slot. */
  guardBy(label: Label, slot: number): void {
    const { code, env } = this
    this.#handlers.push({ depth: this.#stack.length, code, label, env, slot })
  }

  /** Removes the newest handler. */
  endGuard(): void {
    this.#handlers.pop()
  }

  #raise(raise: Raise): void {
    if (!this.process.alive) {
      this.#running = false
      return
    }
    raise.stack ??= listOf(stackOf(raise, this.code, this.#stack))
    const handler = this.#handlers.pop()
    if (!handler) {
      this.#running = false
      return this.#failed(raise)
    }
    this.#stack.length = handler.depth
    this.code = handler.code
    this.pc = handler.label.pc
    this.env = handler.env
    this.env[handler.slot] = raise
    this.#running = true
  }

  #finish(value: unknown): void {
    this.#running = false
    this.#done(value)
  }

  // Waiting

  #wait<T>(promise: PromiseLike<T>, then: (value: T) => void): void {
    this.#running = false
    promise.then(
      (value) => this.#resume(() => then(value)),
      (thrown: unknown) => this.#resume(() => this.#raise(thrownToRaise(thrown))),
    )
  }

  #resume(step: () => void): void {
    if (!this.process.alive) return
    runInProcess(this.process, () => {
      this.#running = true
      this.code = [
        (machine) => {
          machine.code = NOTHING
          step()
        },
      ]
      this.pc = 0
      this.#slice()
    })
  }

  /**
   * Takes the first message that `match` accepts, and continues at one of the labels.
   *
   * @param match stores variables of the message in the environment, and returns the index of the label; -1 for no match
   * @param timeout valid value of `after`; undefined when there is none
   */
  receive(
    match: (message: unknown, env: Env) => number,
    labels: readonly Label[],
    timeout: number | Atom | undefined,
    timeoutLabel: Label,
  ): void {
    const { env, code } = this
    let chosen = -1
    const clause: Clause<unknown> = {
      test: (message) => {
        chosen = match(fromTerm(message as Term), env)
        return chosen >= 0
      },
      handle: () => undefined,
    }
    const limit = typeof timeout === 'number' ? timeout : undefined
    this.#running = false
    let isSlice = true
    const resume = (result: unknown): void => {
      if (!this.process.alive) return
      this.code = code
      this.env = env
      this.pc = (result === TIMED_OUT ? timeoutLabel : labels[chosen]!).pc
      this.#running = true
      if (!isSlice) this.#slice()
    }
    this.process.mailbox.receiveWith(
      labels.length > 0 ? [clause] : [NEVER],
      limit === undefined ? undefined : afterClause(limit, () => TIMED_OUT),
      resume,
      (thrown) => {
        this.#running = true
        this.#raise(thrownToRaise(thrown))
        if (!isSlice) this.#slice()
      },
    )
    isSlice = false
  }
}

/** Whether a value is valid after `after`; undefined stands for a `receive` without it. */
export function isTimeout(value: unknown): value is number | Atom | undefined {
  if (typeof value === 'number') return value >= 0 && value <= LONGEST_TIMEOUT
  return value === undefined || value === INFINITY
}

const NOTHING: readonly Instruction[] = []
const GENERATOR: readonly Instruction[] = [(machine) => machine.step()]
const UNDEF = atom('undef')
const BADFUN = atom('badfun')
const BADARITY = atom('badarity')

// An error of a library function shows its name and arguments, as on a BEAM. An exit and a thrown value do not.
function errorWithOrigin(thrown: unknown, origin: Origin | undefined): unknown {
  return thrown instanceof Raise && thrown.kind === 'error' ? withOrigin(thrown, origin) : thrown
}

function badArity(fn: unknown, args: readonly unknown[]): never {
  throw new Raise('error', tuple(BADARITY, tuple(fn, listOf(args))))
}
