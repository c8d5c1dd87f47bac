import { isLongHost, type RunningNode } from '../../node/index.ts'

/** Name of a node, and the options with which it can connect to the node of the test. */
export interface NodeIdentity {
  readonly name: string
  readonly longNames: boolean
  readonly cookie: string
}

/** Returns the identity of a peer. @param name without a host, it gets that of the node of the test */
export function identity(name: string, node: RunningNode): NodeIdentity {
  const host = node.name.slice(node.name.indexOf('@') + 1)
  const full = name.includes('@') ? name : `${name}@${host}`
  return { name: full, longNames: isLongHost(host), cookie: node.cookies.for(full) }
}
