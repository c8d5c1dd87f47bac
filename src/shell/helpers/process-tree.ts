import type { Kernel, LocalProcess } from '../../process/index.ts'
import { Atom, Pid } from '../../term/index.ts'
import { processTitle } from './find-process.ts'

/** Children that are drawn of one process. */
const MOST_CHILDREN = 100

/**
 * Returns the trees of the processes of a node, drawn with lines: each process is below the process that started it. Only behaviours
 * and tasks have ancestors, and processes without ancestors and without children are in no tree.
 *
 * @param root the process whose tree is drawn; all trees unless given
 */
export function formatProcessTree(kernel: Kernel, root?: LocalProcess): string {
  const children = new Map<LocalProcess, LocalProcess[]>()
  const roots: LocalProcess[] = []
  for (const process of kernel.processes()) {
    const parent = parentOf(process)
    if (!parent) roots.push(process)
    else if (children.has(parent)) children.get(parent)!.push(process)
    else children.set(parent, [process])
  }
  const lines: string[] = []
  const draw = (process: LocalProcess, first: string, rest: string): void => {
    lines.push(`${first}${nodeText(process)}`)
    const all = children.get(process) ?? []
    // A process can be its own ancestor when another process has taken the name of its parent.
    children.delete(process)
    const drawn = all.slice(0, MOST_CHILDREN)
    for (const child of drawn) {
      const isLast = child === all.at(-1)
      draw(child, `${rest}${isLast ? '└─ ' : '├─ '}`, `${rest}${isLast ? '   ' : '│  '}`)
    }
    if (all.length > drawn.length) lines.push(`${rest}└─ … and ${all.length - drawn.length} more`)
  }
  const drawnRoots = root
    ? [root]
    : roots.filter((process) => children.has(process) || process.origin?.ancestors)
  for (const process of drawnRoots) draw(process, '', '')
  return lines.length === 0 ? 'No process of this node has started another one.\n' : `${lines.join('\n')}\n`
}

function nodeText(process: LocalProcess): string {
  const { kernel, pid, mailbox } = process
  const title = processTitle(kernel, process)
  const queue = mailbox.length === 0 ? '' : `  messages: ${mailbox.length}`
  return `${title === '' ? '' : `${title}  `}${kernel.inspect(pid)}${queue}`
}

function parentOf({ kernel, origin }: LocalProcess): LocalProcess | undefined {
  const [parent] = origin?.ancestors ?? []
  if (parent instanceof Atom) return kernel.whereis(parent)
  return parent instanceof Pid && kernel.isLocal(parent) ? kernel.process(parent) : undefined
}
