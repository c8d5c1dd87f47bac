import type { Ended } from './member-status.ts'

/** One fault, as it was injected in a run. */
export interface FaultRow {
  readonly name: string
  readonly count: number
  /** Longest time from the end of the fault until the cluster had healed, in ms. */
  readonly longest: number
  /** Longest time that the fault took, in ms. */
  readonly took: number
}

/** What a run has measured. */
export interface Run {
  readonly seed: number
  readonly nodes: readonly string[]
  /** Release of OTP of the Erlang node, if there was one. */
  readonly otp: number | undefined
  readonly seconds: number
  readonly rows: readonly FaultRow[]
  readonly total: {
    readonly load: Readonly<Record<string, number>>
    readonly ends: Readonly<Record<string, Ended>>
  }
  readonly complaints: readonly string[]
  /** Memory of the node that was never ended, after the first rounds and at the end, in bytes. */
  readonly heap: { readonly before: number; readonly after: number } | undefined
}

/** Returns the figures of a run as the tables of docs/reliability.md. */
export function figures(run: Run): string {
  const { seed, nodes, otp, seconds, rows, total, complaints, heap } = run
  const { load, ends } = total
  const minutes = seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} minutes`
  const number = (value = 0): string => value.toLocaleString('en')
  const erlang = otp === undefined ? '' : `, one of them Erlang (OTP ${otp})`
  const lines = [
    `${new Date().toISOString().slice(0, 10)}, Node.js ${process.versions.node}, ${nodes.length} nodes${erlang}, ${minutes}, seed ${seed}.`,
    '',
    '| figure | value |',
    '| --- | --- |',
    `| faults injected | ${number(rows.reduce((sum, { count }) => sum + count, 0))} |`,
    `| load: numbered messages, calls, tasks, \`DOWN\` messages | ${[load.messages, load.calls, load.tasks, load.downs].map((n) => number(n)).join(', ')} |`,
    `| messages lost or out of order on a connection that was up | ${complaints.filter((line) => / got /.test(line)).length} |`,
    `| waits that never ended, or ended with a wrong reason | ${complaints.filter((line) => / waits: |no DOWN|unexpected end/.test(line)).length} |`,
    `| other complaints | ${complaints.filter((line) => !/ got | waits: |no DOWN|unexpected end/.test(line)).length} |`,
    ...(heap
      ? [
          `| heap of the node that was never ended, after two rounds and at the end | ${mib(heap.before)}, ${mib(heap.after)} MiB (${percent(heap.after / heap.before - 1)}) |`,
        ]
      : []),
    '',
    '| fault | injected | healed after, at most |',
    '| --- | --- | --- |',
    ...rows.map(({ name, count, longest }) => `| ${name} | ${count} | ${(longest / 1_000).toFixed(1)} s |`),
    '',
    '| wait | ended with | times | longest |',
    '| --- | --- | --- | --- |',
    ...Object.entries(ends)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, { count, longest }]) => {
        const [what, ...end] = key.split(' ')
        const time = what === 'monitor' ? '' : `${(longest / 1_000).toFixed(1)} s`
        return `| ${what} | \`${end.join(' ')}\` | ${number(count)} | ${time} |`
      }),
  ]
  return `${lines.join('\n')}\n`
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(2)
}

function percent(part: number): string {
  return `${part < 0 ? '−' : '+'}${Math.abs(part * 100).toFixed(1)} %`
}
