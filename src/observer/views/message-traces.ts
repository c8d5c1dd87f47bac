import type { Kernel, LocalProcess } from '../../process/index.ts'
import { Atom, hideFields, normal, Pid, type Reference, type Term } from '../../term/index.ts'
import { textOf } from '../remote/index.ts'
import type { Cluster } from './cluster.ts'
import { readPid } from './pid-text.ts'
import type { View } from './polled.ts'

/** Messages that one trace shows. */
const MOST_MESSAGES = 500

type Send = (value: unknown) => void

/** The traces of messages that are running, by the traced process. */
export class MessageTraces {
  readonly #listeners = new Map<string, Set<Send>>()

  /** Handles `{moebi_observer, trace, Target, Kind, Text}`. */
  add(target: Term, kind: Term, text: Term): void {
    if (!(target instanceof Pid) || !(kind instanceof Atom)) return
    const event = { time: Date.now(), kind: kind.name, text: textOf(text) ?? '' }
    for (const send of this.#listeners.get(keyOf(target)) ?? []) send(event)
  }

  /** Traces a process, `node` and `pid`, while the view is open. */
  view(cluster: Cluster, kernel: Kernel, alias: Reference): View {
    return (params, send) => {
      const name = params.get('node') ?? ''
      // The tracer on the other node ends with this process.
      const owner = kernel.create({ label: 'observer: trace' })
      owner.handle(() => {})
      const end = (text: string): void => send({ time: Date.now(), kind: 'ended', text })
      const start = async (): Promise<void> => {
        const node = cluster.node(name)
        const target = readPid(node.name, params.get('pid'))
        this.#listen(keyOf(target), send, owner)
        const tracer = await node.trace(target, owner.pid, alias, MOST_MESSAGES)
        if (!(tracer instanceof Pid)) end(whyNotTraced(tracer))
      }
      start().catch((thrown) => end(cluster.explain(name, thrown)))
      return () => owner.exit(normal)
    }
  }

  #listen(key: string, send: Send, owner: LocalProcess): void {
    const listeners = this.#listeners.get(key) ?? new Set()
    this.#listeners.set(key, listeners.add(send))
    owner.onExit(() => {
      listeners.delete(send)
      if (listeners.size === 0) this.#listeners.delete(key)
    })
  }
}

function keyOf({ node, id, serial, creation }: Pid): string {
  return `${node.name} ${id}.${serial}.${creation}`
}

function whyNotTraced(answer: Term): string {
  return answer instanceof Atom && answer.name === 'already_traced'
    ? 'this process is traced already, by another page or another tool'
    : 'the process has ended'
}

hideFields(MessageTraces)
