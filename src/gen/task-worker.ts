import { exitReason, type Kernel, type LocalProcess, reportOf, reportReason } from '../process/index.ts'
import {
  Atom,
  after,
  atom,
  ExitError,
  ExportFun,
  isTuple,
  Pid,
  Reference,
  shutdown,
  type Term,
  timeout,
  tuple,
} from '../term/index.ts'
import { exitText, isQuiet } from './server-process.ts'

/** `{node, registered name or pid, pid}` of whoever wants the work done. */
export interface Owner {
  readonly node: Atom
  readonly name: Atom | Pid
  readonly pid: Pid
}

/** Some work: a function that is exported by name, or one of this Node.js process itself. */
export interface Job {
  readonly run: () => unknown
  readonly fn: string
  /** The function as a term, where it has a name. */
  readonly named?: Term
  readonly args: readonly Term[]
}

/** How long a worker waits for its work to come, in milliseconds. */
const JOB_TIMEOUT = 5_000
const ERLANG = atom('erlang') as Atom
const TERMINATING = tuple(atom('Elixir.Task.Supervisor'), atom('terminating'))
const APPLY = atom('apply') as Atom

/** `{module, function, args}` for a function of this Node.js process, which cannot leave it. */
export function localJob(fn: (...args: never[]) => unknown, args: readonly unknown[]): Term {
  return tuple(ERLANG, APPLY, [fn as unknown as Term, args as readonly Term[]])
}

/** Reads `{module, function, args}`; undefined for what is none. */
export function readJob(kernel: Kernel, mfa: Term): Job | undefined {
  const [module, name, args] = isTuple(mfa) && mfa.length === 3 ? (mfa.elements as readonly Term[]) : []
  if (!(module instanceof Atom && name instanceof Atom && Array.isArray(args))) return undefined
  const [fn, given] = args as readonly unknown[]
  if (module === ERLANG && name === APPLY && typeof fn === 'function') {
    const shown = fn.name ? `&${fn.name}/${(given as Term[]).length}` : 'an arrow function'
    return { run: () => fn(...(given as Term[])), fn: shown, args: given as Term[] }
  }
  return {
    run: () => kernel.apply(module, name, args as Term[]),
    fn: `&${kernel.inspect(module)}.${name.name}/${args.length}`,
    named: new ExportFun(module, name, args.length),
    args: args as Term[],
  }
}

/** Reads `{node, name, pid}`; undefined for what is none. */
export function readOwner(term: Term): Owner | undefined {
  const [node, name, pid] = isTuple(term) && term.length === 3 ? (term.elements as readonly Term[]) : []
  if (!(node instanceof Atom && pid instanceof Pid)) return undefined
  return { node, name: name instanceof Atom ? name : pid, pid }
}

/** Reads `$callers`. */
export function readCallers(term: Term): Pid[] {
  return Array.isArray(term) ? term.filter((pid) => pid instanceof Pid) : []
}

/** A worker that waits for its work from the owner, does it, and answers. Who watches it hears how it ended. */
export async function serve(worker: LocalProcess, owner: Owner, monitored: boolean): Promise<void> {
  const { kernel } = worker
  const ref = monitored
    ? worker.monitor(owner.pid, (reason) => worker.exit(tuple(shutdown, reason)))
    : undefined
  const message = (await worker.take(
    [
      {
        test: (term) => isTuple(term) && term.length === 5 && term.elements[0] === owner.pid,
        handle: (term) => term,
      },
    ],
    after(monitored ? JOB_TIMEOUT : Number.POSITIVE_INFINITY, () => undefined),
  )) as Term
  if (!isTuple(message)) throw new ExitError(timeout)
  const [, tag, replyTo, callers, mfa] = message.elements as readonly Term[]
  if (ref) worker.demonitor(ref)
  const job = readJob(kernel, mfa)
  if (!job) throw new ExitError(atom('badarg'))
  worker.callers = readCallers(callers)
  await work(worker, owner, job, (result) => {
    if (replyTo instanceof Pid || replyTo instanceof Reference)
      kernel.send(worker.pid, replyTo, tuple(tag, result))
  })
}

/** Does some work as this process, and reports a failure before the process ends with it. */
export async function work(
  worker: LocalProcess,
  owner: Owner,
  job: Job,
  answer?: (result: Term) => void,
): Promise<void> {
  worker.label = job.fn
  try {
    const result = (await job.run()) as Term
    answer?.(result)
  } catch (thrown) {
    const reason = exitReason(thrown)
    if (worker.alive && !isQuiet(reason)) reportFailure(worker, owner, job, reportReason(thrown))
    throw new ExitError(reason, { self: worker.kernel.name })
  }
}

function reportFailure(worker: LocalProcess, owner: Owner, job: Job, reason: Term): void {
  const { kernel, pid } = worker
  const starter =
    owner.name instanceof Pid || owner.node === kernel.name ? owner.name : tuple(owner.name, owner.node)
  const text = [
    `Task ${kernel.inspect(pid)} started from ${kernel.inspect(starter)} terminating`,
    exitText(reason, kernel),
    `Function: ${job.fn}`,
    `    Args: ${kernel.inspect(job.args as Term)}`,
  ].join('\n')
  const report = {
    name: pid,
    starter,
    function: job.named ?? job.fn,
    args: job.args as Term,
    reason,
    process_label: atom('undefined'),
  }
  reportOf(worker, 'error', { text, event: { label: TERMINATING, report } }, reason)
}
