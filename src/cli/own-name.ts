import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { isLoopbackHost } from '../epmd/index.ts'
import { isLongHost } from '../node/index.ts'
import type { NodeCommandOptions } from './node-options.ts'

/**
 * Adds a name to options without one: a unique one of the same kind (short or long) as that of the target. Nobody connects to it,
 * so any host will do.
 *
 * @param purpose first part of the name
 */
export function withOwnName(
  target: string,
  purpose: string,
  options: Pick<NodeCommandOptions, 'sname' | 'name'>,
): NodeCommandOptions {
  if (options.sname !== undefined || options.name !== undefined) return options
  const own = `${purpose}-${process.pid}-${randomBytes(3).toString('hex')}`
  const [, host = ''] = target.split('@')
  if (host === '') return { ...options, sname: own }
  const long = isLongHost(host)
  const ownHost = isLoopbackHost(host) || isLongHost(hostname()) !== long ? host : hostname()
  return { ...options, [long ? 'name' : 'sname']: `${own}@${ownHost}` }
}
