import { isIPv6 } from 'node:net'
import { hostname } from 'node:os'
import { isNodeName } from '../../distribution/index.ts'
import { escapeName } from '../../term/index.ts'

/** Parts of a node name. */
export interface NodeName {
  /** `alex@localhost` */
  readonly full: string
  /** `alex`, the name at epmd */
  readonly alive: string
  /** `localhost` */
  readonly host: string
}

/** Splits a full node name. @throws TypeError for an invalid name */
export function parseNodeName(full: string): NodeName {
  const at = full.indexOf('@')
  if (at < 0 || !isNodeName(full))
    throw new TypeError(
      `"${escapeName(full)}" is not a node name, expected name@host, for example alex@localhost.`,
    )
  return { full, alive: full.slice(0, at), host: full.slice(at + 1) }
}

/**
 * Returns the full name of this node.
 *
 * @param name with or without a host; the default is the name of this machine
 * @param long whether the host must be fully qualified (`--name`) or short (`--sname`)
 * @throws TypeError for an invalid name, or a host of the other kind
 */
export function ownNodeName(name: string, long: boolean): NodeName {
  const own = hostname()
  const full = name.includes('@') ? name : `${name}@${long ? own : own.split('.')[0]}`
  const parsed = parseNodeName(full)
  if (long && !isLongHost(parsed.host))
    throw new TypeError(
      `${full} is not a long name: its host has no dot. Give the whole host (alex@node1.example.com, alex@10.0.0.5), or ` +
        'use a short name (--sname).',
    )
  if (!long && isLongHost(parsed.host))
    throw new TypeError(
      `${full} is not a short name: its host ${isIPv6(parsed.host) ? 'is an address' : 'has a dot'}. Leave out the rest of the host, or use a long name (--name).`,
    )
  return parsed
}

/** Whether a host belongs to a long name: it has a dot, or is an IPv6 address. */
export function isLongHost(host: string): boolean {
  return host.includes('.') || isIPv6(host)
}
