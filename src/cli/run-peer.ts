import { once } from 'node:events'
import { basename, dirname } from 'node:path'
import { loadConfig } from '../config/index.ts'
import { Application, type ApplicationSpec } from '../gen/index.ts'
import { importFile, preferNativeTypeScript } from '../loader/index.ts'
import { Node, type RunningNode } from '../node/index.ts'
import type { PeerMessage, PeerRequest, PeerStart } from '../test/index.ts'

// What runs the functions of a test is loaded when the first one arrives.
const closures = (node: RunningNode): void => {
  node.callClosure = async (...call) => {
    const { serveClosures } = await import('../closure/index.ts')
    serveClosures(node)
    return node.callClosure!(...call)
  }
}

// The test has ended, or was killed.
process.on('disconnect', () => process.exit(1))

const [start] = (await once(process, 'message')) as [PeerStart]
const { app, ...options } = start

try {
  preferNativeTypeScript()
  if (app) await loadConfig(projectFolder(app.file))
  const [node, spec] = await Promise.all([Node.start({ ...options, closures }), app && loadApplication(app)])
  if (spec) await Application.start(spec)
  process.on('message', (request) => void handle(request as PeerRequest, node))
  tell({ type: 'ready' })
} catch (error) {
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
}

async function handle(request: PeerRequest, node: RunningNode): Promise<void> {
  if (request.type === 'setCookie') {
    Node.setCookie(request.node, request.cookie)
    Node.disconnect(request.node)
    return tell({ type: 'done', id: request.id })
  }
  await Application.stopAll()
  await node.stop()
  process.exit(0)
}

/** Returns the folder that contains `config/`: the application is in it, or in its folder `src`. */
function projectFolder(file: string): string {
  const folder = dirname(file)
  return basename(folder) === 'src' ? dirname(folder) : folder
}

async function loadApplication({ file, name }: NonNullable<PeerStart['app']>): Promise<ApplicationSpec> {
  const exports = (await importFile(file)) as Readonly<Record<string, unknown>>
  const specs = [exports.default, ...Object.values(exports)] as (ApplicationSpec | undefined)[]
  const spec = specs.find((each) => typeof each?.name === 'string' && each.name === (name ?? each.name))
  if (spec) return spec
  throw new Error(
    `${file} does not export ${name === undefined ? 'an application' : `the application ${name}`}: expected export default ` +
      "Application.define({ name: 'chat', … }).",
  )
}

function tell(message: PeerMessage): void {
  process.send?.(message)
}
