import type { FunctionName } from '../../process/index.ts'
import type { Atom, Pid, Reference, Term } from '../../term/index.ts'

/** What a peer asks for with a pid, a registered name or an alias of this node: signals to a process. */
export type ProcessOperation = 'send' | 'link' | 'monitor' | 'exit' | 'groupLeader'

/**
 * What a peer asks for with the name of a function of this node:
 * - `spawn`: a process that runs it, also a task or a child of a supervisor
 * - `call`: its result, by `erpc` or `rpc`
 * - `shell`: a shell on this node
 * - `closure`: a function that was typed at the other node. The target is the function that runs it
 */
export type FunctionOperation = 'spawn' | 'call' | 'closure' | 'shell'

/** What is asked of a node. */
export type Question = {
  /**
   * The node that asks. Undefined for a function that is named in a message, such as that of a task, or as the argument of another
   * function: who named it is not proved.
   */
  readonly peer: Atom | undefined
} & (
  | { readonly operation: ProcessOperation; readonly target: Pid | Atom | Reference }
  | { readonly operation: FunctionOperation; readonly target: FunctionName }
)

/** What a peer asks a node to do, and what the profile `exports` answers. */
export type Access = Question & { readonly byDefault: boolean }

/** Decides whether a peer gets what it asks for. It is called for each signal, so it is short. What throws, or returns anything but true, refuses. */
export type Allow = (access: Access) => boolean

/**
 * Names of the rules that are there:
 * - `open`: everything, as on a BEAM node
 * - `exports`: the functions of the program, those of the library that neither read secrets nor change the program, messages to
 *   registered names, and signals to processes whose pid the node has sent to another node
 * - `observe`: calls of functions of the library that read, and monitors; nothing that changes a process
 */
export type Profile = (typeof PROFILES)[number]

const PROFILES = ['open', 'exports', 'observe'] as const

export function isProfile(value: unknown): value is Profile {
  return (PROFILES as readonly unknown[]).includes(value)
}

/** Rule of one kernel. The arguments are those of a function. */
export type Rule = (question: Question, args: readonly Term[]) => boolean
