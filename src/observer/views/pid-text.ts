import { type Atom, inspect, Pid, type Term } from '../../term/index.ts'

/** Pid as the page shows it and sends it back. */
export interface PidText {
  readonly node: string
  /** `106.0.1719`: id, serial and creation. */
  readonly id: string
  /** `#PID<0.106.0>`, as its own node shows it. */
  readonly text: string
}

export function pidText(pid: Pid): PidText {
  return {
    node: pid.node.name,
    id: `${pid.id}.${pid.serial}.${pid.creation}`,
    text: inspect(pid, { self: pid.node }),
  }
}

/** Returns the pid of a node with the numbers that {@link pidText} has written. @throws TypeError for anything else */
export function readPid(node: Atom, id: unknown): Pid {
  const numbers = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/.exec(String(id))
  if (!numbers)
    throw new TypeError(`expected the numbers of a pid, such as 106.0.1719, got: ${String(id).slice(0, 50)}`)
  const [, number, serial, creation] = numbers.map(Number) as [number, number, number, number]
  return new Pid(node, number, serial, creation)
}

/** Returns a term as text on one line, as a node shows it. */
export function termText(term: Term, node: Atom): string {
  const text = inspect(term, { self: node, pretty: false, limit: 20, printableLimit: 200 })
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

/** Returns a monitored process: a pid, or a name on a node. */
export function targetText(target: Term, node: Atom): PidText | { readonly text: string } {
  return target instanceof Pid ? pidText(target) : { text: termText(target, node) }
}
