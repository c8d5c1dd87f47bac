import { LinkedList, type ListNode } from '../../clock/index.ts'
import {
  APPLY_2,
  exitReason,
  type FunctionName,
  isThenable,
  type Kernel,
  type LocalProcess,
  type MaybePromise,
  reportOf,
  reportReason,
} from '../../process/index.ts'
import {
  Atom,
  after,
  atom,
  type Clause,
  ExitError,
  ExportFun,
  Fun,
  isTuple,
  noproc,
  Pid,
  Reference,
  shutdown,
  type Term,
  timeout,
  tuple,
} from '../../term/index.ts'
import { sharedMonitors } from '../call/index.ts'
import { exitText, isNormalExit } from '../server/index.ts'

/** Owner of a task: `{node, registered name or pid, pid}`. */
export interface TaskOwner {
  readonly node: Atom
  readonly name: Atom | Pid
  readonly pid: Pid
}

/** Call of a task: a function that is exported by name, or a function of this Node.js process. */
export interface TaskCall {
  readonly run: () => unknown
  /** Returns the name of the function, for people. */
  readonly shown: () => string
  /** Returns the name of the function as a term. */
  readonly named: () => Term
  readonly args: readonly Term[]
  readonly initialCall: FunctionName | (() => FunctionName)
}

/** Milliseconds that a worker waits for its call. */
const CALL_TIMEOUT = 5_000
const ERLANG = atom('erlang') as Atom
const TERMINATING = tuple(atom('Elixir.Task.Supervisor'), atom('terminating'))
const APPLY = atom('apply') as Atom
const ANONYMOUS = atom('-fun-') as Atom

/** Returns `{module, function, args}` for a function of this Node.js process, which cannot be sent to another one. */
export function localCallTerm(fn: (...args: never[]) => unknown, args: readonly unknown[]): Term {
  return tuple(ERLANG, APPLY, [fn as unknown as Term, args as readonly Term[]])
}

/** Reads `{module, function, args}`. Returns undefined for any other term. */
export function readTaskCall(kernel: Kernel, mfa: Term): TaskCall | undefined {
  const [module, name, args] = isTuple(mfa) && mfa.length === 3 ? (mfa.elements as readonly Term[]) : []
  if (!(module instanceof Atom && name instanceof Atom && Array.isArray(args))) return undefined
  const [fn, given] = args as readonly unknown[]
  if (module === ERLANG && name === APPLY && typeof fn === 'function') {
    const shown = (): string => (fn.name ? `&${fn.name}/${(given as Term[]).length}` : 'an arrow function')
    const initialCall = (): FunctionName => nameOf(kernel, fn as never, given as Term[])
    return { run: () => fn(...(given as Term[])), shown, named: shown, args: given as Term[], initialCall }
  }
  const isFun = module === ERLANG && name === APPLY && args.length === 2
  return {
    run: () => kernel.applyNamed(module, name, args as Term[]),
    shown: () => `&${kernel.inspect(module)}.${name.name}/${args.length}`,
    named: () => new ExportFun(module, name, args.length),
    args: args as Term[],
    initialCall: (isFun ? funName(fn) : undefined) ?? { module, name, arity: args.length },
  }
}

/** Returns the name of a fun; undefined for every other value. The name of a fun of another node is known only there. */
function funName(fun: unknown): FunctionName | undefined {
  if (fun instanceof ExportFun) return { module: fun.module, name: fun.name, arity: fun.arity }
  return fun instanceof Fun ? { module: fun.module, name: ANONYMOUS, arity: fun.arity } : undefined
}

/** Returns the name of a function that a module exports; `erlang:apply/2` for every other function. */
function nameOf(kernel: Kernel, fn: (...args: never[]) => unknown, args: readonly Term[]): FunctionName {
  const exported = kernel.modules.exportedAs(fn)
  if (!exported) return APPLY_2
  return { module: exported.module, name: exported.name, arity: args.length }
}

/** Reads `{node, name, pid}`. Returns undefined for any other term. */
export function readOwner(term: Term): TaskOwner | undefined {
  const [node, name, pid] = isTuple(term) && term.length === 3 ? (term.elements as readonly Term[]) : []
  if (!(node instanceof Atom && pid instanceof Pid)) return undefined
  return { node, name: name instanceof Atom ? name : pid, pid }
}

/** Reads `$callers`. */
export function readCallers(term: Term): Pid[] {
  return Array.isArray(term) ? term.filter((pid) => pid instanceof Pid) : []
}

/** Waits as a worker for the call of the owner, runs it, and answers. */
export function awaitTaskCall(worker: LocalProcess, owner: TaskOwner, monitored: boolean): void {
  const { kernel, pid } = worker
  const stopWatching = monitored ? exitWithOwner(worker, owner.pid) : undefined
  const mine: Clause<Term> = {
    test: (term) => isTuple(term) && term.length === 5 && term.elements[0] === owner.pid,
    handle: (term) => term as Term,
  }
  const begin = (message: Term): void => {
    if (!isTuple(message)) throw new ExitError(timeout)
    const [, tag, replyTo, callers, mfa] = message.elements as readonly Term[]
    stopWatching?.()
    const job = readTaskCall(kernel, mfa)
    if (!job) throw new ExitError(atom('badarg'))
    worker.callers = readCallers(callers)
    const working = runTask(worker, owner, job, (result) => {
      if (replyTo instanceof Pid || replyTo instanceof Reference)
        kernel.send(pid, replyTo, tuple(tag, result))
    })
    const done = (): void => worker.addPendingWork(-1)
    if (isThenable(working)) worker.runUntilSettled(working, done)
    else done()
  }
  worker.addPendingWork(1)
  const patience = after(monitored ? CALL_TIMEOUT : Number.POSITIVE_INFINITY, () => undefined)
  worker.mailbox.receiveWith([mine], patience, begin as (message: unknown) => void, (thrown) =>
    worker.crash(thrown),
  )
}

/** Ends a worker at the exit of its owner, until the returned function is called. */
function exitWithOwner(worker: LocalProcess, owner: Pid): () => void {
  const { kernel } = worker
  const down = (reason: Term): void => worker.exit(tuple(shutdown, reason))
  const waiting: ListNode<unknown> | undefined = kernel.isLocal(owner)
    ? kernel.process(owner)?.addExitListener({ onProcessExit: (_, reason) => down(reason) })
    : sharedMonitors(kernel).wait(owner, { waitedBefore: false, down, waitsLong: () => {} })
  if (!waiting) down(noproc)
  const over = worker.addExitListener({ onProcessExit: () => waiting && LinkedList.remove(waiting) })
  return () => {
    if (waiting) LinkedList.remove(waiting)
    LinkedList.remove(over)
  }
}

/** Runs a call as this process. Reports a failure before the process ends with it. */
export function runTask(
  worker: LocalProcess,
  owner: TaskOwner,
  job: TaskCall,
  answer: (result: Term) => void = () => {},
): void | PromiseLike<void> {
  worker.label = job.shown
  worker.origin = { initialCall: job.initialCall, ancestors: worker.origin?.ancestors ?? [] }
  const failed = (thrown: unknown): never => {
    const reason = exitReason(thrown)
    if (worker.alive && !isNormalExit(reason)) reportFailure(worker, owner, job, reportReason(thrown))
    throw new ExitError(reason, { self: worker.kernel.name })
  }
  // A suspended worker answers when it is resumed, so that its owner starts no more than the connection takes.
  const resumed = (): Promise<void> => new Promise((resolve) => worker.whenResumed(resolve))
  const settled = (result: Term): void | Promise<void> => {
    if (!worker.suspended) return answer(result)
    return resumed().then(() => answer(result))
  }
  try {
    const result = job.run() as MaybePromise<Term>
    if (isThenable<Term>(result)) return result.then(settled).then(undefined, failed)
    if (worker.suspended)
      return resumed()
        .then(() => answer(result))
        .then(undefined, failed)
    answer(result)
  } catch (thrown) {
    failed(thrown)
  }
}

function reportFailure(worker: LocalProcess, owner: TaskOwner, job: TaskCall, reason: Term): void {
  const { kernel, pid } = worker
  const starter =
    owner.name instanceof Pid || owner.node === kernel.name ? owner.name : tuple(owner.name, owner.node)
  const text = [
    `Task ${kernel.inspect(pid)} started from ${kernel.inspect(starter)} terminating`,
    exitText(reason, kernel),
    `Function: ${job.shown()}`,
    `    Args: ${kernel.inspect(job.args as Term)}`,
  ].join('\n')
  const report = {
    name: pid,
    starter,
    function: job.named(),
    args: job.args as Term,
    reason,
    process_label: atom('undefined'),
  }
  reportOf(worker, 'error', { text, event: { label: TERMINATING, report } }, reason)
}
