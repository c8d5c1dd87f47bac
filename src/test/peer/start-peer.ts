import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ApplicationSpec, applicationFile } from '../../gen/index.ts'
import type { RunningNode } from '../../node/index.ts'
import { nodeAtom } from '../../process/index.ts'
import { requireTestFile } from '../test-file.ts'
import { currentResources } from '../test-process.ts'
import { LocalPeer } from './local-peer.ts'
import { identity } from './node-identity.ts'
import { NodePeer } from './node-peer.ts'
import type { Peer } from './peer.ts'

/** Options of {@link startPeer}. */
export interface PeerOptions {
  /** Application that the peer starts: the application, or the file that exports it. */
  readonly app?: ApplicationSpec | string | URL
  /** Environment variables of the process, in addition to those of the test. */
  readonly env?: Readonly<Record<string, string>>
  /** Starts the node in the process of the test. Default: false. */
  readonly inProcess?: boolean
  /** A node that sent nothing for this many ms is down, for the peer. Default: 60,000. */
  readonly netTickTime?: number
}

/**
 * Starts another Moebi node, in an operating system process of its own, and connects the test to it. The first peer makes the test a node
 * (`test@localhost`). The peer ends with the test, or with the file when no test starts it.
 *
 * @param name `kate`, for `kate@localhost`
 * @throws Error with the output of the process when the node does not start
 */
export async function startPeer(name: string, options: PeerOptions = {}): Promise<Peer> {
  const file = requireTestFile('startPeer()')
  const resources = currentResources('startPeer()')
  const node = await file.node()
  const { app, env = {}, inProcess = false, netTickTime } = options
  const start = { ...identity(name, node), ...(netTickTime !== undefined && { netTickTime }) }
  const peer = inProcess
    ? await LocalPeer.start({ ...start, ...(app !== undefined && { app: applicationOf(app) }) })
    : await NodePeer.start(
        { ...start, ...(app !== undefined && { app: sourceOf(app) }) },
        { ...process.env, ...env },
      )
  resources.push(peer)
  await node.peers.connect(nodeAtom(peer.name))
  if (typeof app === 'object' && !(app instanceof URL)) defineModules(app, node)
  return peer
}

function applicationOf(app: ApplicationSpec | string | URL): ApplicationSpec {
  if (typeof app === 'object' && !(app instanceof URL)) return app
  throw new TypeError(
    'with inProcess: true, app is the application itself: import it, and pass what was imported.',
  )
}

function sourceOf(app: ApplicationSpec | string | URL): { readonly file: string; readonly name?: string } {
  if (app instanceof URL) return { file: fileURLToPath(app) }
  if (typeof app === 'string') return { file: app.startsWith('file:') ? fileURLToPath(app) : app }
  const file = applicationFile(app)
  if (file !== undefined && existsSync(file)) return { file, name: app.name }
  throw new Error(
    `the file of the application ${app.name} is not known, and the peer must import it. Make the application with ` +
      "Application.define({ … }) in a file that exports it, or pass the file: app: new URL('../src/application.ts', import.meta.url).",
  )
}

/** Lets the test call the functions of the application by their names, also where the application is not started. */
function defineModules({ modules = {} }: ApplicationSpec, { kernel }: RunningNode): void {
  for (const [name, exports] of Object.entries(modules)) kernel.modules.define(name, exports)
}
