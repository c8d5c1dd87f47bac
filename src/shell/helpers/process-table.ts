import type { Kernel } from '../../process/index.ts'
import { escapeName } from '../../term/index.ts'

/** Returns a table of the live processes of a node, as `processes()` prints it. */
export function formatProcessTable(kernel: Kernel): string {
  const rows = kernel
    .processes()
    .map((process) => [
      kernel.inspect(process.pid),
      process.registeredName ? kernel.inspect(process.registeredName) : escapeName(process.label) || '-',
      process.status,
      String(process.mailbox.length),
      String(process.links.pids.size),
    ])
  const table = [['PID', 'Name or label', 'Status', 'Messages', 'Links'], ...rows]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}
