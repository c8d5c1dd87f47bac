import { channel } from 'node:diagnostics_channel'
import { currentProcess, type Kernel, report, type Signal, THIS_NODE } from '../../process/index.ts'
import {
  Atom,
  atom,
  ErlangError,
  ExportFun,
  Fun,
  inspect,
  isTuple,
  noproc,
  Pid,
  Reference,
  type Term,
  tuple,
} from '../../term/index.ts'
import { CLOSURE_MODULE, ERPC, REX } from '../rpc/index.ts'
import type { Access, Allow, FunctionOperation, Profile, Question, Rule } from './access.ts'
import { exportsRule, observeRule } from './profiles.ts'

/** The `node:diagnostics_channel` on which refusals are published, as {@link Refusal}. */
export const refusals: ReturnType<typeof channel> = channel('moebi:refusal')

/** A request of a peer that was refused. */
export type Refusal = Access & { readonly kernel: Kernel }

/** Called for each refusal with the peer, what is the same for refusals that are counted together, and a sentence for the log. */
export type OnRefusal = (peer: string, reason: string, text: string) => void

/** Module whose function takes the place of one that a peer may not call: `moebi_policy:refuse(Sentence)`. */
const POLICY = atom('moebi_policy') as Atom
const REFUSE = atom('refuse') as Atom
const ERLANG = atom('erlang') as Atom
const APPLY = atom('apply') as Atom
/** Modules whose function `start` opens a shell. */
const SHELLS: ReadonlySet<string> = new Set(['moebi_shell', 'iex', 'Elixir.IEx', 'shell'])

const NO_ARGS: readonly Term[] = []

interface NamedCall {
  readonly module: Atom
  readonly name: Atom
  readonly args: readonly Term[]
}

/**
 * Lets the requests of peers pass, or refuses them. A refusal is answered as the protocol does: a link or a monitor with `noproc`, a
 * function with the error `{not_allowed, Sentence}`. It is an event of the channel {@link refusals} and a line of the log.
 */
export class Guard {
  readonly #kernel: Kernel
  readonly #exports: Rule
  readonly #isExports: boolean
  readonly #rule: Rule
  readonly #onRefusal: OnRefusal

  constructor(kernel: Kernel, rule: Allow | Exclude<Profile, 'open'>, onRefusal: OnRefusal) {
    this.#kernel = kernel
    this.#exports = exportsRule(kernel)
    this.#onRefusal = onRefusal
    this.#isExports = rule === 'exports'
    if (rule === 'exports') this.#rule = this.#exports
    else if (rule === 'observe') this.#rule = observeRule(kernel)
    else this.#rule = (question, args) => this.#ask(rule, this.#accessOf(question, args))
    kernel.modules.define(`:${POLICY.name}`, { refuse }, THIS_NODE)
  }

  /** Delivers a signal of a peer, or refuses it. */
  deliver(signal: Signal, peer: Atom): void {
    switch (signal.type) {
      case 'message': {
        const { to } = signal
        const process = to instanceof Pid ? this.#kernel.process(to) : undefined
        // What the profile exports answers, without the question, which is an object for every message.
        const passes = this.#isExports && (process === undefined || process.pid.interned)
        if (!passes && !this.#allows({ peer, operation: 'send', target: isName(to) ? to.name : to })) return
        // The process answers the pid in the message, and cannot know which node has sent it.
        const name = isName(to) ? to.name : process?.registeredName
        if (name === REX && !isFrom(peer, signal.message)) return
        return this.#kernel.deliver(signal)
      }
      case 'link':
        if (this.#allows({ peer, operation: 'link', target: signal.to })) return this.#kernel.deliver(signal)
        return this.#kernel.signal({ type: 'exit', from: signal.to, to: signal.from, reason: noproc })
      case 'monitor': {
        const { to, from, ref } = signal
        if (this.#allows({ peer, operation: 'monitor', target: isName(to) ? to.name : to }))
          return this.#kernel.deliver(signal)
        return this.#kernel.signal({ type: 'down', from: to, to: from, ref, reason: noproc })
      }
      case 'exit2':
        if (this.#allows({ peer, operation: 'exit', target: signal.to })) this.#kernel.deliver(signal)
        return
      case 'groupLeader':
        if (this.#allows({ peer, operation: 'groupLeader', target: signal.to })) this.#kernel.deliver(signal)
        return
      case 'spawnRequest':
        return this.#kernel.deliver(this.#spawnOf(signal, peer))
      default:
        return this.#kernel.deliver(signal)
    }
  }

  /** Returns the call that runs when a peer asks for a call: the same, or one that throws the refusal. */
  callOf(call: NamedCall, peer: Atom | undefined, operation: FunctionOperation = 'call'): NamedCall {
    const refusal = this.#refusalOf(call, peer, operation)
    return refusal === undefined ? call : { module: POLICY, name: REFUSE, args: [refusal] }
  }

  /** Whether a peer may send a message to a registered name. */
  maySend(name: Atom, peer: Atom): boolean {
    return this.#allows({ peer, operation: 'send', target: name })
  }

  /**
   * Checks a call of a function that a message has named, or the argument of another function.
   *
   * @throws ErlangError `{not_allowed, Sentence}`
   */
  check(module: Atom, name: Atom, args: readonly Term[]): void {
    const asker = currentProcess()?.origin?.peer
    const peer = asker === this.#kernel.name ? undefined : asker
    const refusal = this.#refusalOf({ module, name, args }, peer, 'call')
    if (refusal !== undefined) refuse(refusal)
  }

  #refusalOf(call: NamedCall, peer: Atom | undefined, operation: FunctionOperation): string | undefined {
    const [{ module, name, args }, kind] = unwrap(call, operation)
    const question: Question = { peer, operation: kind, target: { module, name, arity: args.length } }
    return this.#allows(question, args) ? undefined : sentence(question)
  }

  #spawnOf(
    signal: Extract<Signal, { type: 'spawnRequest' }>,
    peer: Atom,
  ): Extract<Signal, { type: 'spawnRequest' }> {
    const { module, function: name, args } = signal
    const [of, called, last] = args.slice(-3)
    // erpc: execute_call(Ref, Module, Function, Args), execute_call(Module, Function, Args), execute_cast(Module, Function, Args)
    if (module === ERPC && name.name.startsWith('execute_') && args.length >= 3) {
      if (!(called instanceof Atom && of instanceof Atom && Array.isArray(last))) return signal
      const call = this.callOf({ module: of, name: called, args: last }, peer)
      return { ...signal, args: [...args.slice(0, -3), call.module, call.name, call.args as Term[]] }
    }
    const call = this.callOf({ module, name, args }, peer, 'spawn')
    return { ...signal, module: call.module, function: call.name, args: call.args }
  }

  #allows(question: Question, args = NO_ARGS): boolean {
    if (this.#rule(question, args)) return true
    if (refusals.hasSubscribers)
      refusals.publish({ ...this.#accessOf(question, args), kernel: this.#kernel } satisfies Refusal)
    const peer = question.peer?.name ?? 'another node'
    const text = `${peer} was refused: ${sentence(question)}`
    this.#onRefusal(peer, `${question.operation} ${shown(question.target)}`, text)
    return false
  }

  /** What throws, or returns something else than true such as a promise, refuses. */
  #ask(allow: Allow, access: Access): boolean {
    try {
      return allow(access) === true
    } catch (error) {
      const text = `The function allow of this node has thrown, which refuses the request: ${String(error)}`
      report({ kernel: this.#kernel, level: 'error', text })
      return false
    }
  }

  #accessOf(question: Question, args: readonly Term[]): Access {
    return { ...question, byDefault: this.#exports(question, args) } as Access
  }
}

function refuse(text: Term): never {
  throw new ErlangError(tuple(atom('not_allowed'), text))
}

/** Returns the function that a call runs, also by `erlang:apply`, and what kind of request the call is. */
function unwrap(call: NamedCall, operation: FunctionOperation): [NamedCall, FunctionOperation] {
  for (let inner = call; ; ) {
    const { module, name, args } = inner
    if (module === CLOSURE_MODULE) return [inner, 'closure']
    if (SHELLS.has(module.name) && name.name === 'start') return [inner, 'shell']
    const [first, second] = args
    const last = args.at(-1)
    if (module !== ERLANG || name !== APPLY || !Array.isArray(last)) return [inner, operation]
    if (args.length === 2 && first instanceof Fun) return [inner, 'closure']
    if (args.length === 2 && first instanceof ExportFun)
      inner = { module: first.module, name: first.name, args: last }
    else if (args.length === 3 && first instanceof Atom && second instanceof Atom)
      inner = { module: first, name: second, args: last }
    else return [inner, operation]
  }
}

function isName(to: Pid | Reference | { readonly name: Atom }): to is { readonly name: Atom } {
  return !(to instanceof Pid || to instanceof Reference)
}

/** Whether the client of a request to rex, `{Pid, Request}` or `{'$gen_call', {Pid, Tag}, Request}`, is a process of this node. */
function isFrom(peer: Atom, message: Term): boolean {
  const [first, second] = isTuple(message) ? (message.elements as readonly Term[]) : []
  const client = first instanceof Pid ? first : isTuple(second) ? (second.elements[0] as Term) : undefined
  return !(client instanceof Pid) || client.node === peer
}

function sentence({ operation, target }: Question): string {
  const what = operation === 'call' || operation === 'spawn' ? `the function ${shown(target)}` : shown(target)
  return `the option allow of this node does not permit the operation ${operation} for ${what}`
}

function shown(target: Question['target']): string {
  if (target instanceof Pid || target instanceof Atom || target instanceof Reference) return inspect(target)
  return `${inspect(target.module)}.${inspect(target.name).replace(/^:/, '')}/${target.arity}`
}
