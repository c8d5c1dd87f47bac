import { hostname } from 'node:os'
import { isNodeName } from '../../distribution/index.ts'

/** A node's name, taken apart. */
export interface NodeName {
  /** `alex@localhost` */
  readonly full: string
  /** `alex`, which is what epmd knows */
  readonly alive: string
  /** `localhost` */
  readonly host: string
}

/** Takes the name of a node apart. @throws TypeError when it is none */
export function parseNodeName(full: string): NodeName {
  const at = full.indexOf('@')
  if (at < 0 || !isNodeName(full))
    throw new TypeError(
      `${JSON.stringify(full)} is no node name, expected name@host, for example alex@localhost.`,
    )
  return { full, alive: full.slice(0, at), host: full.slice(at + 1) }
}

/**
 * The full name of our own node.
 *
 * @param name with or without a host; this machine's own is taken where it has none
 * @param long whether hosts are fully qualified (`--name`) or short (`--sname`); the two kinds cannot meet
 */
export function ownNodeName(name: string, long: boolean): NodeName {
  const own = hostname()
  const full = name.includes('@') ? name : `${name}@${long ? own : own.split('.')[0]}`
  const parsed = parseNodeName(full)
  if (long && !parsed.host.includes('.'))
    throw new TypeError(
      `${full} is no long name: its host has no dot. Give the whole of it (alex@node1.example.com, alex@10.0.0.5), or ` +
        'take a short name (--sname).',
    )
  if (!long && parsed.host.includes('.'))
    throw new TypeError(
      `${full} is no short name: its host has a dot. Leave the rest of the host away, or take a long name (--name).`,
    )
  return parsed
}
