import type { RemoteName } from '../../process/index.ts'
import { Pid, type Term, tuple } from '../../term/index.ts'
import { findProcess, processTitle } from './find-process.ts'
import { MessageTraces } from './message-trace.ts'
import { formatProcessTable, formatTop } from './process-table.ts'
import { formatProcessTree } from './process-tree.ts'
import { type Help, noResult, type ShellContext } from './shell-context.ts'

/** Links or monitors of one kind that are printed. */
const MOST_LINKS = 100

export const PROCESS_HELP: Help = {
  processes: ['processes()', 'prints the processes of this node'],
  top: [
    'top(10)',
    "prints the processes with the longest mailboxes; top(10, 'busy') or 'links' sorts by these",
  ],
  tree: ['tree()', "prints the supervision trees; tree('Chat.Supervisor') or tree(pid) one of them"],
  queue: ['queue(pid, 10)', 'prints the first messages in the mailbox of a process, which remain there'],
  links: ['links(pid)', 'prints the links and monitors of a process'],
  trace: ['trace(pid, 100)', 'prints the messages that a process receives; trace() stops it'],
}

/** Returns the helpers that print what the processes of a node do. */
export function processHelpers(context: ShellContext): Record<string, unknown> {
  const { kernel, print, show } = context
  const traces = new MessageTraces(context)

  const bound = (usage: string, count: unknown): number => {
    if (Number.isSafeInteger(count) && (count as number) > 0) return count as number
    throw new TypeError(`${usage} takes a number of messages from 1, got ${kernel.inspect(count as never)}`)
  }

  const relatedText = (to: Pid | RemoteName): string => {
    if (!(to instanceof Pid))
      return kernel.inspect(to.node === kernel.name ? to.name : tuple(to.name, to.node))
    const process = kernel.isLocal(to) ? kernel.process(to) : undefined
    const title = process ? processTitle(kernel, process) : ''
    return `${kernel.inspect(to)}${title && `  ${title}`}`
  }

  const printRelated = (label: string, related: readonly (Pid | RemoteName)[]): void => {
    const lines = related.slice(0, MOST_LINKS).map(relatedText)
    if (related.length > MOST_LINKS) lines.push(`… and ${related.length - MOST_LINKS} more`)
    print([label, ...(lines.length === 0 ? ['none'] : lines)].join('\n  ').concat('\n'))
  }

  return {
    processes: (): typeof noResult => {
      print(formatProcessTable(kernel))
      return noResult
    },
    top: (rows: unknown = 10, by: unknown = 'messages'): typeof noResult => {
      print(formatTop(kernel, rows, by))
      return noResult
    },
    tree: (...args: [who?: unknown]): typeof noResult => {
      print(formatProcessTree(kernel, args.length === 0 ? undefined : findProcess(kernel, args[0])))
      return noResult
    },
    queue: (who: unknown, most: unknown = 10): typeof noResult => {
      const count = bound('queue(pid, count)', most)
      const { mailbox } = findProcess(kernel, who)
      const { length } = mailbox
      for (let at = 0; at < Math.min(count, length); at++) print(`${show(mailbox.at(at) as Term)}\n`)
      if (length === 0) print('The mailbox is empty.\n')
      if (length > count) print(`… and ${length - count} more\n`)
      return noResult
    },
    links: (who: unknown): typeof noResult => {
      const process = findProcess(kernel, who)
      printRelated('Links', [...process.links.pids])
      printRelated('Monitors', process.monitors.targets)
      printRelated('Monitored by', process.monitors.monitoredBy)
      return noResult
    },
    trace: (...args: [who?: unknown, count?: unknown]): typeof noResult => {
      if (args.length === 0) traces.stop()
      else traces.start(findProcess(kernel, args[0]), bound('trace(pid, count)', args[1] ?? 100))
      return noResult
    },
  }
}
