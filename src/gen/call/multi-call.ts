import { currentKernel, currentProcess, nodeAtom, type RemoteName } from '../../process/index.ts'
import { type Atom, ExitError, nameToAtom, normal, type Term, tuple } from '../../term/index.ts'
import { callFrom } from './call.ts'
import { GEN_CALL, GEN_CAST } from './from.ts'

/** Answers of the servers of one name on several nodes. */
export interface MultiCallResult<R = Term> {
  readonly replies: readonly { readonly node: string; readonly reply: R }[]
  /** The nodes without an answer: unreachable, without such a server, or too slow. */
  readonly badNodes: readonly string[]
}

const CALL = ['GenServer', 'multi_call'] as const

/** Calls the servers of one name on several nodes at once. @see {@link GenServer.multiCall} */
export async function multiCall(
  nodes: readonly (string | Atom)[],
  name: string | Atom,
  request: Term,
  timeout: number,
): Promise<MultiCallResult> {
  const kernel = currentKernel()
  const current = currentProcess()
  const process = current ?? kernel.createEphemeral('GenServer.multiCall')
  const asked = nodes.map(nodeAtom)
  const calls: Promise<Term>[] = []
  try {
    // The calls to other nodes are sent first: a server of this node may handle its call at once, on this stack.
    for (const here of [false, true])
      for (const [at, node] of asked.entries())
        if ((node === kernel.name) === here)
          calls[at] = callFrom(process, named(name, node), GEN_CALL, request, { timeout }, CALL)
    const answers = await Promise.allSettled(calls)
    const replies: { node: string; reply: Term }[] = []
    const badNodes: string[] = []
    for (const [at, answer] of answers.entries()) {
      const node = asked[at]!.name
      if (answer.status === 'fulfilled') replies.push({ node, reply: answer.value })
      else if (answer.reason instanceof ExitError) badNodes.push(node)
      else throw answer.reason
    }
    return { replies, badNodes }
  } finally {
    if (!current) process.exit(normal)
  }
}

/** Casts to the servers of one name on several nodes. @see {@link GenServer.abcast} */
export function abcast(nodes: readonly (string | Atom)[], name: string | Atom, message: Term): void {
  const process = currentProcess()
  if (process?.alive === false) return
  const kernel = currentKernel()
  for (const node of nodes)
    kernel.send(process?.pid ?? kernel.user, named(name, nodeAtom(node)), tuple(GEN_CAST, message))
}

function named(name: string | Atom, node: Atom): RemoteName {
  return { name: nameToAtom(name), node }
}
