import fc from 'fast-check'
import { SimulatedClock } from '../../src/clock/index.ts'
import { encode } from '../../src/etf/index.ts'
import {
  type ChildSpec,
  GenServer,
  noreply,
  reply,
  type Strategy,
  Supervisor,
  stop,
} from '../../src/gen/index.ts'
import { asReason, type Kernel, LocalKernel, Process, self } from '../../src/process/index.ts'
import {
  type Atom,
  atom,
  ElixirError,
  ExitError,
  equals,
  inspect,
  isTuple,
  kill,
  killed,
  type Pid,
  Pid as PidClass,
  shutdown,
  type Term,
  tuple,
} from '../../src/term/index.ts'
import { inProcess, settled } from './processes.ts'

// A supervision tree, and what is done to it, in terms that a real node understands as well: test/beam/supervision.ex does
// the same there, and both write a trace.

type Directive = 'ok' | 'error' | 'ignore' | 'stop'

export interface ChildPlan {
  readonly id: string
  readonly restart: 'permanent' | 'transient' | 'temporary'
  readonly significant: boolean
  readonly shutdown: number | 'brutal_kill' | 'infinity'
  /** A stubborn one does not end when its supervisor asks it to. */
  readonly traps: 'no' | 'yes' | 'stubborn'
  /** What becomes of its first starts. All others succeed. */
  readonly starts: readonly Directive[]
  readonly tree: TreePlan | null
}

interface TreePlan {
  readonly strategy: Strategy
  readonly intensity: number
  readonly auto: 'never' | 'any_significant' | 'all_significant'
  readonly children: readonly ChildPlan[]
}

export type Step =
  | {
      readonly op: 'crash'
      readonly id: string
      readonly how: 'stop' | 'exit' | 'raise'
      readonly reason: Term
    }
  | { readonly op: 'add'; readonly sup: string; readonly child: ChildPlan }
  | { readonly op: 'terminate' | 'restart' | 'delete'; readonly sup: string; readonly id: string }
  | { readonly op: 'count'; readonly sup: string }
  | { readonly op: 'end'; readonly how: 'stop' | 'exit'; readonly reason: Term }

export interface Plan {
  readonly root: { readonly id: string; readonly starts: readonly Directive[]; readonly tree: TreePlan }
  readonly steps: readonly Step[]
}

const reasons: readonly Term[] = [
  atom('normal'),
  shutdown,
  tuple(shutdown, atom('because')),
  atom('boom'),
  atom('kill'),
]
const some = <T>(...weighted: readonly (readonly [number, T])[]): fc.Arbitrary<T> =>
  fc.oneof(...weighted.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })))

const starts = fc.array(some<Directive>([8, 'ok'], [2, 'error'], [1, 'ignore'], [1, 'stop']), {
  maxLength: 5,
})
const restart = some<ChildPlan['restart']>([4, 'permanent'], [3, 'transient'], [2, 'temporary'])
const auto = some<TreePlan['auto']>([3, 'never'], [1, 'any_significant'], [1, 'all_significant'])

const worker: fc.Arbitrary<ChildPlan> = fc
  .record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    restart,
    significant: some([5, false], [1, true]),
    shutdown: some<ChildPlan['shutdown']>([3, 20], [1, 'brutal_kill'], [1, 'infinity']),
    traps: some<ChildPlan['traps']>([3, 'no'], [3, 'yes'], [1, 'stubborn']),
    starts,
  })
  .map((plan) => ({
    ...plan,
    tree: null,
    shutdown: plan.traps === 'stubborn' && plan.shutdown === 'infinity' ? 20 : plan.shutdown,
  }))

function tree(child: fc.Arbitrary<ChildPlan>, autoShutdown = auto): fc.Arbitrary<TreePlan> {
  return fc
    .record({
      strategy: fc.constantFrom<Strategy>('one_for_one', 'one_for_all', 'rest_for_one'),
      intensity: fc.integer({ min: 0, max: 6 }),
      auto: autoShutdown,
      // Nearly always of different names: what a supervisor does with twins is known after one of them.
      children: fc.oneof(
        { weight: 20, arbitrary: fc.uniqueArray(child, { maxLength: 4, selector: ({ id }) => id }) },
        { weight: 1, arbitrary: fc.array(child, { maxLength: 4 }) },
      ),
    })
    .map((plan) => ({ ...plan, children: plan.children.map((one) => sensible(one, plan)) }))
}

// A significant child that may not be one is the end of the whole tree before it begins. Some of them are enough.
function sensible(child: ChildPlan, { auto: autoShutdown, intensity }: TreePlan): ChildPlan {
  if (!child.significant || intensity === 0) return child
  return { ...child, significant: autoShutdown !== 'never' && child.restart !== 'permanent' }
}

const subtree: fc.Arbitrary<ChildPlan> = fc.record({
  id: fc.constantFrom('s', 't'),
  restart,
  significant: some([5, false], [1, true]),
  shutdown: some<ChildPlan['shutdown']>([3, 'infinity'], [1, 'brutal_kill']),
  traps: fc.constant('no' as const),
  starts,
  tree: tree(worker),
})
const child = fc.oneof({ weight: 4, arbitrary: worker }, { weight: 1, arbitrary: subtree })

const workerId = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const anyId = fc.oneof(
  { weight: 4, arbitrary: workerId },
  { weight: 1, arbitrary: fc.constantFrom('s', 't') },
)
const sup = some([4, 'root'], [1, 's'], [1, 't'])
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant('crash' as const),
      id: workerId,
      how: some<'stop' | 'exit' | 'raise'>([3, 'stop'], [3, 'exit'], [1, 'raise']),
      reason: fc.constantFrom(...reasons),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('crash' as const),
      id: fc.constantFrom('s', 't'),
      how: fc.constant('exit' as const),
      reason: fc.constantFrom(...reasons),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('add' as const), sup, child }) },
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constantFrom('terminate', 'restart', 'delete'), sup, id: anyId }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('count' as const), sup }) },
)
const end: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    op: fc.constant('end' as const),
    how: fc.constant('stop' as const),
    reason: fc.constantFrom(...reasons.slice(0, 4)),
  }),
  fc.record({
    op: fc.constant('end' as const),
    how: fc.constant('exit' as const),
    reason: fc.constantFrom(...reasons),
  }),
)

/** Random trees, with random things that are done to them. */
export const plans: fc.Arbitrary<Plan> = fc.record({
  root: fc.record({
    id: fc.constant('root'),
    starts: fc.constant([] as Directive[]),
    tree: tree(child, some<TreePlan['auto']>([6, 'never'], [1, 'any_significant'], [1, 'all_significant'])),
  }),
  steps: fc
    .tuple(fc.array(step, { minLength: 3, maxLength: 14 }), fc.option(end))
    .map(([steps, last]) => (last ? [...steps, last] : steps)),
})

/** The plan as test/beam/supervision.ex reads it. */
export function encodePlan(plan: Plan): string {
  return Buffer.from(encode(termOf(plan))).toString('base64')
}

function termOf(value: unknown): Term {
  if (typeof value === 'string') return atom(value)
  if (Array.isArray(value)) return value.map(termOf)
  if (typeof value !== 'object' || value === null) return value as Term
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value as Term
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, termOf(field)]))
}

/** Does on Moebi what the plan says, and returns the trace. */
export function runPlan(plan: Plan): Promise<string> {
  const clock = new SimulatedClock()
  const kernel = new LocalKernel({ clock })
  return inProcess(kernel, () => new Run(kernel, clock, plan).trace()).then(async (trace) => {
    await settled(2)
    const left = kernel.processes().length
    if (left > 0 || clock.pending > 0)
      throw new Error(`${left} processes and ${clock.pending} timers were left behind by\n${trace}`)
    return trace
  })
}

class Run {
  readonly #kernel: Kernel
  readonly #clock: SimulatedClock
  readonly #plan: Plan
  readonly #births = new Map<Pid, number>()
  readonly #current = new Map<string, Pid>()
  readonly #tries = new Map<string, number>()
  readonly #dead = new Set<Pid>()
  #log: string[] = []
  #downs: [number, Term][] = []

  constructor(kernel: Kernel, clock: SimulatedClock, plan: Plan) {
    this.#kernel = kernel
    this.#clock = clock
    this.#plan = plan
  }

  async trace(): Promise<string> {
    Process.flag('trapExit', true)
    const { root, steps } = this.#plan
    const first = await this.#whileTimePasses(attempt(() => this.#startTree(root as unknown as ChildPlan)))
    const trace = [await this.#step('start', first)]
    for (const step of steps) {
      const top = this.#current.get('root')
      if (!top || this.#dead.has(top)) break
      const names = [step.op, 'sup' in step && step.sup, 'id' in step && step.id, 'how' in step && step.how]
      // The trees below a supervisor that was killed end beside each other, in no order.
      const atOnce = step.op === 'end' && step.reason === kill
      trace.push(await this.#step(names.filter(Boolean).join(' '), await this.#perform(step), atOnce))
    }
    for (const pid of this.#births.keys()) Process.exit(pid, 'kill')
    return trace.join('\n')
  }

  async #perform(step: Step): Promise<Term | { readonly word: string }> {
    if (step.op === 'crash') {
      const pid = this.#current.get(step.id)
      if (!pid) return { word: 'nobody' }
      if (step.how === 'stop') GenServer.cast(pid, tuple(atom('stop'), step.reason))
      else if (step.how === 'raise') GenServer.cast(pid, atom('raise'))
      else Process.exit(pid, asReason(step.reason))
      return { word: 'sent' }
    }
    if (step.op === 'end') {
      const root = this.#current.get('root')!
      if (step.how === 'stop')
        return this.#whileTimePasses(attempt(() => GenServer.stop(root, asReason(step.reason)), true))
      Process.exit(root, asReason(step.reason))
      return { word: 'sent' }
    }
    const sup = this.#current.get(step.sup)
    if (!sup) return { word: 'nobody' }
    const request = {
      add: () => tuple(atom('start_child'), this.#spec((step as { child: ChildPlan }).child) as never),
      terminate: () => tuple(atom('terminate_child'), atom((step as { id: string }).id)),
      restart: () => tuple(atom('restart_child'), atom((step as { id: string }).id)),
      delete: () => tuple(atom('delete_child'), atom((step as { id: string }).id)),
      count: () => atom('count_children'),
    }[step.op]()
    // Time passes while a stubborn child is waited for.
    const answer = attempt(
      () => GenServer.call(sup, request as never, { timeout: Number.POSITIVE_INFINITY }),
      true,
    )
    return this.#whileTimePasses(answer)
  }

  async #whileTimePasses<T>(answer: Promise<T>): Promise<T> {
    let done = false
    void answer.finally(() => {
      done = true
    })
    while (!done) await this.#pass()
    return answer
  }

  // Not before everybody has done what there is to do now.
  async #pass(): Promise<void> {
    await settled(4)
    await this.#clock.advance(20)
    await settled(4)
  }

  #spec(plan: ChildPlan): ChildSpec {
    return {
      id: plan.id,
      start: () => (plan.tree ? this.#startTree(plan) : this.#startWorker(plan)),
      restart: plan.restart,
      significant: plan.significant,
      shutdown: plan.shutdown === 'infinity' ? Number.POSITIVE_INFINITY : plan.shutdown,
      type: plan.tree ? 'supervisor' : 'worker',
    }
  }

  async #startWorker(plan: ChildPlan): Promise<Pid | Atom<'ignore'>> {
    const directive = this.#starting(plan)
    if (directive === 'error') throw new ExitError(atom('nope'))
    if (directive === 'ignore') return atom('ignore')
    return Worker.startLink({ run: this, plan, directive })
  }

  async #startTree(plan: ChildPlan): Promise<Pid | Atom<'ignore'>> {
    const directive = this.#starting(plan)
    if (directive === 'error') throw new ExitError(atom('nope'))
    if (directive === 'ignore') return atom('ignore')
    if (directive === 'stop') throw new ExitError(atom('badinit'))
    const { strategy, intensity, auto: autoShutdown, children } = plan.tree!
    const pid = await Supervisor.startLink(
      children.map((one) => this.#spec(one)),
      { strategy, maxRestarts: intensity, maxSeconds: 100, autoShutdown },
    )
    this.born(plan.id, pid)
    return pid
  }

  #starting({ id, starts }: ChildPlan): Directive {
    const tries = this.#tries.get(id) ?? 0
    this.#tries.set(id, tries + 1)
    const directive = starts[tries] ?? 'ok'
    this.#log.push(`?${id} ${directive}`)
    return directive
  }

  born(id: string, pid: Pid): number {
    const number = this.#births.size + 1
    this.#births.set(pid, number)
    this.#current.set(id, pid)
    this.#log.push(`+${number} ${id}`)
    const process = this.#kernel.process(pid)!
    process.onExit((reason) => {
      this.#dead.add(pid)
      this.#downs.push([number, reason])
    })
    return number
  }

  terminating(number: number, reason: Term): void {
    this.#log.push(`-${number} ${this.#show(reason)}`)
  }

  async #step(name: string, result: Term | { readonly word: string }, atOnce = false): Promise<string> {
    const tree = await this.#quiet()
    if (atOnce) this.#log.sort()
    const downs = this.#downs
      .sort(([a], [b]) => a - b)
      .map(([number, reason]) => `${number} ${this.#show(reason)}`)
    const said = isWord(result) ? result.word : this.#show(result as Term)
    const line = `${name} -> ${said} | ${this.#log.join(', ')} | ${downs.join(', ')} | ${tree}`
    this.#log = []
    this.#downs = []
    return line
  }

  /** Nothing runs any more, and nobody waits for a child to end. */
  async #quiet(): Promise<string> {
    do await this.#pass()
    while (this.#clock.pending > 0)
    const root = this.#current.get('root')
    const lines = !root || this.#dead.has(root) ? ['gone'] : await this.#look(root, 'root')
    return lines.join('; ')
  }

  async #look(sup: Pid, id: string): Promise<string[]> {
    const children = await Supervisor.whichChildren(sup)
    const shown = children.map(
      ({ id, pid, type }) => `${this.#show(id).slice(1)}=${this.#place(pid)} ${type}`,
    )
    const lines = [`${id}: ${shown.join(', ')}`]
    for (const { id, pid, type } of children)
      if (type === 'supervisor' && pid instanceof PidClass)
        lines.push(...(await this.#look(pid, this.#show(id).slice(1))))
    return lines
  }

  #place(pid: Pid | string | undefined): string {
    return pid instanceof PidClass ? `${this.#births.get(pid) ?? 'unborn'}` : (pid ?? 'undefined')
  }

  #show(term: Term): string {
    return inspect(this.#plain(term), { pretty: false })
  }

  #plain(term: Term): Term {
    if (term instanceof PidClass) return tuple(atom('pid'), this.#births.get(term) ?? atom('unborn'))
    if (Array.isArray(term)) return term.map((item) => this.#plain(item))
    if (!isTuple(term)) return term
    const [first, second] = term.elements as readonly Term[]
    if (term.length === 2 && first instanceof ElixirError && Array.isArray(second)) return atom('raised')
    if (term.length === 2 && isTuple(second) && equals(second.elements[0], atom('child')))
      return this.#plain(first)
    return tuple(...(term.elements as readonly Term[]).map((item) => this.#plain(item)))
  }
}

const Worker = GenServer.define({
  init: ({ run, plan, directive }: { run: Run; plan: ChildPlan; directive: Directive }) => {
    if (directive === 'stop') throw new ExitError(atom('badinit'))
    Process.flag('trapExit', plan.traps !== 'no')
    return { run, number: run.born(plan.id, self()), stubborn: plan.traps === 'stubborn' }
  },
  call: { ping: (state) => reply(atom('pong'), state) },
  cast: {
    stop: (state, reason: Term) => stop(asReason(reason), { ...state, stubborn: false }),
    raise: (): never => {
      throw new Error('oops')
    },
  },
  info: (_message, state) => noreply(state),
  terminate: (reason, { run, number, stubborn }) => {
    if (reason === killed) return undefined
    run.terminating(number, reason)
    return stubborn && reason === shutdown ? new Promise(() => {}) : undefined
  },
})

/** What a call answers; for one that fails `{:exit, reason}`, for a start that fails `{:error, reason}`. */
async function attempt(run: () => Promise<unknown>, called = false): Promise<Term> {
  try {
    const answer = (await run()) as Term
    if (answer === undefined) return atom('ok')
    return called ? answer : tuple(atom('ok'), answer)
  } catch (thrown) {
    if (!(thrown instanceof ExitError)) throw thrown
    const { reason } = thrown
    if (!called) return tuple(atom('error'), reason)
    return tuple(atom('exit'), isTuple(reason) ? (reason.elements[0] as Term) : reason)
  }
}

function isWord(result: unknown): result is { readonly word: string } {
  return typeof result === 'object' && result !== null && 'word' in result
}
