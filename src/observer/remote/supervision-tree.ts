import { Atom, Pid, type Term } from '../../term/index.ts'
import { listProcesses } from './list-processes.ts'
import type { ObservedNode } from './observed-node.ts'
import { elementsOf, listOf, numberOf, type ProcessRow } from './read-terms.ts'

/** A supervisor or a worker in a tree. */
export interface TreeNode {
  readonly pid: Pid | undefined
  /** The id of the child in its supervisor; undefined for a root. */
  readonly id: Term
  readonly row: ProcessRow | undefined
  readonly isSupervisor: boolean
  /** `restarting`, or undefined */
  readonly state: string | undefined
  readonly children: readonly TreeNode[]
  /** Number of the children, which are not listed where they are many. */
  readonly count: number
  /** Why the children are not known. */
  readonly problem: string | undefined
}

/** Children that are shown of one supervisor. */
const MOST_CHILDREN = 200
/** Supervisors that are asked in one reading. */
const MOST_SUPERVISORS = 500
const SUPERVISOR = 'supervisor'

/** Remembers the supervisors that have not answered. They are not asked again for a time, since each question waits. */
export class SilentSupervisors {
  readonly #until = new Map<Pid, number>()

  has(pid: Pid): boolean {
    return (this.#until.get(pid) ?? 0) > performance.now()
  }

  add(pid: Pid): void {
    if (this.#until.size > 1_000) this.#until.clear()
    this.#until.set(pid, performance.now() + 30_000)
  }
}

/**
 * Reads the supervision trees of a node. A root is a supervisor that no other supervisor has started.
 *
 * @param explain returns why a question has failed, as a sentence
 */
export async function readSupervisionTree(
  node: ObservedNode,
  silent: SilentSupervisors,
  explain: (thrown: unknown) => string,
): Promise<TreeNode[]> {
  const { rows } = await listProcesses(node)
  const byPid = new Map(rows.map((row) => [row.pid, row]))
  const byName = new Map(rows.flatMap((row) => (row.name ? [[row.name, row] as const] : [])))
  const find = (ancestor: Term): ProcessRow | undefined =>
    ancestor instanceof Pid
      ? byPid.get(ancestor)
      : ancestor instanceof Atom
        ? byName.get(ancestor)
        : undefined
  const isRoot = (row: ProcessRow): boolean => {
    const [parent] = row.ancestors
    const found = find(parent)
    return found === undefined || !isSupervisor(found)
  }
  let asked = 0
  const read = async (row: ProcessRow, id: Term, ancestors: readonly Pid[]): Promise<TreeNode> => {
    const { pid } = row
    const leaf = { pid, id, row, isSupervisor: true, state: undefined, children: [], count: 0 }
    // A registry of Moebi calls itself a supervisor, as that of Elixir does, and has no children.
    if (node.kind === 'moebi' && functionIs(row, 'Elixir.Registry.Supervisor'))
      return { ...leaf, problem: undefined }
    if (ancestors.includes(pid)) return { ...leaf, problem: 'this supervisor is among its own ancestors' }
    if (++asked > MOST_SUPERVISORS)
      return { ...leaf, problem: `only ${MOST_SUPERVISORS} supervisors are asked` }
    if (silent.has(pid))
      return { ...leaf, problem: 'it has not answered, and is asked again in half a minute' }
    try {
      const [count, list] = elementsOf(await node.children(pid, MOST_CHILDREN))
      const children: TreeNode[] = []
      for (const child of listOf(list as Term)) children.push(await readChild(child, [...ancestors, pid]))
      return {
        ...leaf,
        children: children.reverse(),
        count: numberOf(count) ?? children.length,
        problem: undefined,
      }
    } catch (thrown) {
      silent.add(pid)
      return { ...leaf, problem: explain(thrown) }
    }
  }
  const readChild = (child: Term, ancestors: readonly Pid[]): Promise<TreeNode> | TreeNode => {
    const [id, at, type] = elementsOf(child)
    const row = at instanceof Pid ? byPid.get(at) : undefined
    if (row && isAtom(type, SUPERVISOR) && isSupervisor(row)) return read(row, id, ancestors)
    return {
      pid: at instanceof Pid ? at : undefined,
      id,
      row,
      isSupervisor: isAtom(type, SUPERVISOR),
      state: at instanceof Atom && at.name !== 'undefined' ? at.name : undefined,
      children: [],
      count: 0,
      problem: undefined,
    }
  }
  const trees: TreeNode[] = []
  for (const row of rows) if (isSupervisor(row) && isRoot(row)) trees.push(await read(row, undefined, []))
  return trees
}

function isSupervisor(row: ProcessRow): boolean {
  return isAtom(row.initialCall[0], SUPERVISOR)
}

function functionIs({ initialCall: [, name] }: ProcessRow, expected: string): boolean {
  return isAtom(name, expected)
}

function isAtom(term: Term, name: string): boolean {
  return term instanceof Atom && term.name === name
}
