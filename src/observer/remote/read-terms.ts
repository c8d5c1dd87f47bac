import { Atom, isTuple, Pid, type Term } from '../../term/index.ts'

/** A link of a node, as that node counts it. */
export interface LinkInfo {
  readonly node: string
  readonly hidden: boolean
  readonly bytesIn?: number | undefined
  readonly bytesOut?: number | undefined
  readonly signalsIn?: number | undefined
  readonly signalsOut?: number | undefined
  /** Bytes that wait for the other node. */
  readonly queue?: number | undefined
}

export interface NodeInfo {
  /** `Node.js 20.20.2`, `OTP 25, Elixir 1.14.0` */
  readonly release: string
  readonly osPid: number | undefined
  /** Seconds. */
  readonly uptime: number
  readonly processes: number
  readonly runQueue: number
  /** Bytes by kind; `total` is always there. */
  readonly memory: Readonly<Record<string, number>>
  /** Longest delay of the event loop since the last question, in ms. Undefined for a BEAM. */
  readonly lag: number | undefined
  /** `net_ticktime` in ms. */
  readonly tickTime: number | undefined
  readonly links: readonly LinkInfo[]
  readonly zombies: readonly {
    readonly pid: Pid
    readonly label: string
    readonly reason: string
    readonly ms: number
  }[]
}

export interface ProcessRow {
  readonly pid: Pid
  readonly name: Atom | undefined
  /** `{module, name, arity}` */
  readonly initialCall: readonly Term[]
  readonly label: string | undefined
  readonly status: string
  readonly queue: number
  readonly memory: number | undefined
  readonly reductions: number | undefined
  readonly ancestors: readonly Term[]
  /** The function that a BEAM process runs, or for how many ms the code of a Moebi process has not returned. */
  readonly current: string
}

export interface ProcessDetail {
  readonly links: readonly Pid[]
  readonly monitors: readonly Term[]
  readonly monitoredBy: readonly Pid[]
  readonly trapExit: boolean
  readonly groupLeader: Pid | undefined
  readonly stack: readonly string[]
  readonly messages: readonly string[]
}

// Another node may send anything: what has another form than expected is left out.

export function readNodeInfo(term: Term): NodeInfo {
  const map = fieldsOf(term)
  return {
    release: textOf(map.release) ?? '',
    osPid: numberOf(map.os_pid),
    uptime: numberOf(map.uptime) ?? 0,
    processes: numberOf(map.processes) ?? 0,
    runQueue: numberOf(map.run_queue) ?? 0,
    memory: Object.fromEntries(
      Object.entries(fieldsOf(map.memory)).flatMap(([name, bytes]) => {
        const number = numberOf(bytes)
        return number === undefined ? [] : [[name, number]]
      }),
    ),
    lag: numberOf(map.lag),
    tickTime: numberOf(map.tick_time),
    links: listOf(map.links).map(fieldsOf).map(readLink),
    zombies: listOf(map.zombies)
      .map(fieldsOf)
      .flatMap(({ pid, label, reason, ms }) =>
        pid instanceof Pid
          ? [{ pid, label: textOf(label) ?? '', reason: textOf(reason) ?? '', ms: numberOf(ms) ?? 0 }]
          : [],
      ),
  }
}

function readLink(map: Fields): LinkInfo {
  return {
    node: map.node instanceof Atom ? map.node.name : '',
    hidden: map.hidden === true,
    bytesIn: numberOf(map.bytes_in),
    bytesOut: numberOf(map.bytes_out),
    signalsIn: numberOf(map.signals_in),
    signalsOut: numberOf(map.signals_out),
    queue: numberOf(map.queue),
  }
}

/** Returns the rows of the processes that are alive. */
export function readProcessRows(term: Term): ProcessRow[] {
  return listOf(term).flatMap((row) => {
    const [pid, name, call, label, status, queue, memory, reductions, ancestors, current] = elementsOf(row)
    if (!(pid instanceof Pid) || !(status instanceof Atom)) return []
    return [
      {
        pid,
        name: name instanceof Atom && name.name !== 'undefined' ? name : undefined,
        initialCall: elementsOf(call),
        label: textOf(label) || undefined,
        status: status.name,
        queue: numberOf(queue) ?? 0,
        memory: numberOf(memory),
        reductions: numberOf(reductions),
        ancestors: listOf(ancestors),
        current: readCurrent(current),
      },
    ]
  })
}

function readCurrent(current: Term): string {
  const ms = numberOf(current)
  return ms === undefined ? functionName(elementsOf(current)) : `for ${Math.round(ms)} ms`
}

/** Returns `module:name/arity`, or the empty text for anything else. */
export function functionName([module, name, arity]: readonly Term[]): string {
  return module instanceof Atom && name instanceof Atom
    ? `${moduleName(module)}.${name.name}/${String(arity)}`
    : ''
}

function moduleName({ name }: Atom): string {
  return name.startsWith('Elixir.') ? name.slice('Elixir.'.length) : name
}

export function readProcessDetail(term: Term): ProcessDetail | undefined {
  const map = fieldsOf(term)
  if (!('links' in map)) return undefined
  const pids = (list: Term): Pid[] => listOf(list).filter((each) => each instanceof Pid) as Pid[]
  const texts = (list: Term): string[] => listOf(list).flatMap((each) => textOf(each) ?? [])
  return {
    links: pids(map.links),
    monitors: listOf(map.monitors),
    monitoredBy: pids(map.monitored_by),
    trapExit: map.trap_exit === true,
    groupLeader: map.group_leader instanceof Pid ? map.group_leader : undefined,
    stack: texts(map.stack),
    messages: texts(map.messages),
  }
}

type Fields = Readonly<Record<string, Term>>

/** Returns the fields of a map whose keys are atoms. */
export function fieldsOf(term: Term): Fields {
  return typeof term === 'object' && term !== null && Object.getPrototypeOf(term) === Object.prototype
    ? (term as Fields)
    : {}
}

export function listOf(term: Term): readonly Term[] {
  return Array.isArray(term) ? (term as readonly Term[]) : []
}

export function elementsOf(term: Term): readonly Term[] {
  return isTuple(term) ? (term.elements as readonly Term[]) : []
}

export function textOf(term: Term): string | undefined {
  return typeof term === 'string' ? term : undefined
}

export function numberOf(term: Term): number | undefined {
  return typeof term === 'number' ? term : typeof term === 'bigint' ? Number(term) : undefined
}
