import { randomBytes } from 'node:crypto'
import { names } from '../epmd/index.ts'
import { Node } from '../node/index.ts'
import { Observer } from '../observer/index.ts'
import { type NodeCommandOptions, nodeOptions } from './node-options.ts'
import { withOwnName } from './own-name.ts'

export interface ObserverCommandOptions
  extends Pick<NodeCommandOptions, 'sname' | 'name' | 'cookie' | 'tls' | 'distPort'> {
  readonly port: number
}

/**
 * Runs the observer on a hidden node of its own, for `moebi observer`, until SIGTERM or SIGINT.
 *
 * @param target the first node that is observed, and the ones to which it is connected. Without it: the nodes that the epmd of this
 *   machine knows
 */
export async function runObserver(
  target: string | undefined,
  options: ObserverCommandOptions,
): Promise<void> {
  const { port, ...rest } = options
  const named = withOwnName(target ?? 'any@localhost', 'observer', rest)
  const node = await Node.start({
    ...nodeOptions({ ...named, ...(target !== undefined && { contact: target }), distListen: false })!,
    log: (line) => process.stderr.write(line),
  })
  const host = node.name.split('@')[1]!
  const nodes =
    target === undefined ? await namesAtEpmd(host) : [target.includes('@') ? target : `${target}@${host}`]
  const token = randomBytes(32).toString('base64url')
  const observer = await node.run(() => Observer.start({ port, token, nodes, discover: true }))
  process.stdout.write(`The observer is at ${Observer.url(observer)}\n`)
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
    process.once(signal, () => void node.stop().finally(() => process.exit(0)))
}

async function namesAtEpmd(host: string): Promise<string[]> {
  const found = await names('localhost').catch(() => [])
  return found.map(({ name }) => `${name}@${host}`)
}
