import { Atom, hideFields, Pid, type Term } from '../../term/index.ts'
import { fieldsOf, numberOf, textOf } from '../remote/index.ts'
import type { Cluster } from './cluster.ts'
import { type PidText, pidText } from './pid-text.ts'
import type { View } from './polled.ts'

/** A report of a node. */
export interface CrashReport {
  readonly number: number
  readonly node: string
  readonly level: string
  /** Milliseconds since 1970. */
  readonly time: number
  readonly text: string
  readonly pid: PidText | undefined
}

const MOST = 300

/** The last reports of all nodes. */
export class CrashLog {
  #reports: CrashReport[] = []
  #number = 0
  readonly #listeners = new Set<(report: CrashReport) => void>()

  /** Adds the map of a message `{moebi_observer, report, Map}`. */
  add(map: Term): void {
    const { node, level, time, text, pid } = fieldsOf(map)
    const report = {
      number: ++this.#number,
      node: node instanceof Atom ? node.name : '',
      level: level instanceof Atom ? level.name : 'error',
      time: numberOf(time) ?? Date.now(),
      text: textOf(text) ?? '',
      pid: pid instanceof Pid ? pidText(pid) : undefined,
    }
    this.#reports.push(report)
    if (this.#reports.length > MOST) this.#reports = this.#reports.slice(-MOST / 2)
    for (const listener of this.#listeners) listener(report)
  }

  /** The reports so far, then each new one. */
  view(cluster: Cluster): View {
    return (_params, send) => {
      const listener = (report: CrashReport): void => send({ reports: [report] })
      send({ reports: this.#reports })
      this.#listeners.add(listener)
      cluster.addViewer(1)
      return () => {
        this.#listeners.delete(listener)
        cluster.addViewer(-1)
      }
    }
  }
}

hideFields(CrashLog)
