const KINDS = ['visible', 'hidden', 'connected', 'this', 'known'] as const

/**
 * Which nodes a list has: the connected nodes that are visible or hidden, or both; this node; or, for `'known'`, this
 * node, every node to which it has connected or tried to, and `nonode@nohost`.
 *
 * @see `erlang:nodes/1`
 */
export type NodeKind = (typeof KINDS)[number]

/** Whether a text is the name of a {@link NodeKind}. */
export function isNodeKind(kind: unknown): kind is NodeKind {
  return (KINDS as readonly unknown[]).includes(kind)
}
