import type { Kernel, LocalProcess } from '../../process/index.ts'
import { processTitle } from './find-process.ts'

/** Values by which `top()` sorts, by the name of the sort key. */
const SORT_KEYS = {
  messages: (process: LocalProcess): number => process.mailbox.length,
  busy: (process: LocalProcess): number => process.currentActivity()?.ms ?? -1,
  links: (process: LocalProcess): number => process.links.pids.size,
}

const COLUMNS = ['PID', 'Name or label', 'Status', 'Messages', 'Links']

/** Returns a table of the live processes of a node, as `processes()` prints it. */
export function formatProcessTable(kernel: Kernel): string {
  return formatTable([COLUMNS, ...kernel.processes().map((process) => processRow(kernel, process))])
}

/** Returns a table of the processes with the greatest values of a sort key, the greatest first, as `top()` prints it. */
export function formatTop(kernel: Kernel, rows: unknown, by: unknown): string {
  if (!Number.isSafeInteger(rows) || (rows as number) < 1)
    throw new TypeError(`top(rows, by) takes a number of rows from 1, got ${kernel.inspect(rows as never)}`)
  if (typeof by !== 'string' || !Object.hasOwn(SORT_KEYS, by)) {
    const keys = Object.keys(SORT_KEYS).map((key) => `'${key}'`)
    throw new TypeError(
      `top(rows, by) sorts by one of ${keys.join(', ')}, got ${kernel.inspect(by as never)}`,
    )
  }
  const sortValue = SORT_KEYS[by as keyof typeof SORT_KEYS]
  const sorted = kernel
    .processes()
    .map((process) => ({ process, value: sortValue(process) }))
    .sort((a, b) => b.value - a.value)
    .slice(0, rows as number)
  return formatTable([
    [...COLUMNS, 'Busy ms'],
    ...sorted.map(({ process }) => {
      const activity = process.currentActivity()
      return [...processRow(kernel, process), activity ? String(Math.round(activity.ms)) : '-']
    }),
  ])
}

function processRow(kernel: Kernel, process: LocalProcess): string[] {
  return [
    kernel.inspect(process.pid),
    processTitle(kernel, process) || '-',
    process.status,
    String(process.mailbox.length),
    String(process.links.pids.size),
  ]
}

function formatTable(table: readonly (readonly string[])[]): string {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}
