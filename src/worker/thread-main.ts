/** Main file of a worker's thread: starts a node that is connected to its parent over a port, and the application on it. */
import { register } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../clock/index.ts'
import { loadConfig } from '../config/index.ts'
import { decode, encode } from '../etf/index.ts'
import { Application, type ApplicationSpec } from '../gen/index.ts'
import { printToTerminal } from '../logger/index.ts'
import { Cookies, PeerTable, RunningNode } from '../node/index.ts'
import { exitReason, LocalKernel, setDefaultKernel } from '../process/index.ts'
import { type Atom, atom, type Pid } from '../term/index.ts'
import { PortStream } from './port-stream.ts'
import type { MainMessage, WorkerData, WorkerMessage } from './thread-messages.ts'

const CONNECT_TIMEOUT = 7_000
const data = workerData as WorkerData
const parent = atom(data.parent) as Atom
const postToMain = (message: WorkerMessage): void => parentPort!.postMessage(message)

const kernel = new LocalKernel({ name: atom(data.name) as Atom, creation: data.creation, clock: systemClock })
const cookies = new Cookies(data.cookie)
const peers = new PeerTable({
  kernel,
  hidden: true,
  cookies,
  dial,
  // The end of a thread closes the port at once, and a thread that computes cannot send ticks.
  tickTime: Number.POSITIVE_INFINITY,
  connectTimeout: CONNECT_TIMEOUT,
})
const node = new RunningNode({
  peers,
  cookies,
  hidden: true,
  device: {
    write: (text) => void process.stdout.write(text),
    readLine: async () => undefined,
    columns: undefined,
    rows: undefined,
  },
  log: printToTerminal,
  library: true,
  close: async () => {},
})
kernel.user = decode(data.user) as Pid
setDefaultKernel(kernel)
for (const hook of data.hooks) register(hook)

let stopping = false
// The parent is a Moebi node. A hidden parent cannot be asked, because this node is hidden too.
peers.subscribe({
  up: (peer) => peers.setMoebi(peer),
  down: (peer) => peer === parent && !stopping && process.exit(0),
})
parentPort!.on('message', ({ type }: MainMessage) => {
  if (type === 'stop') void stop()
})

try {
  await node.run(async () => {
    if (!(await peers.connect(parent))) throw new Error(`${data.name} could not connect to ${data.parent}`)
    if (data.config) await loadConfig(data.config.folder, data.config.environment)
    const application = await loadApplication(data.file)
    await Application.start({ ...application, stop: () => onApplicationStop(application) })
  })
  postToMain({ type: 'ready' })
} catch (thrown) {
  postToMain({ type: 'failed', reason: encodeReason(thrown) })
}

/** Ends the worker when its application has stopped by itself. */
async function onApplicationStop(application: ApplicationSpec): Promise<void> {
  await application.stop?.()
  if (!stopping) process.exit(1)
}

async function stop(): Promise<void> {
  stopping = true
  await node.run(() => Application.stopAll())
  await node.stop()
  process.exit(0)
}

async function loadApplication(file: string): Promise<ApplicationSpec> {
  const { default: application } = (await import(file)) as { default?: ApplicationSpec }
  if (typeof application?.name === 'string') return application
  throw new TypeError(
    `${file} has no application as its default export: expected export default Application.define({ name: 'crunch', … })`,
  )
}

async function dial(peer: Atom): Promise<PortStream> {
  if (peer === parent) {
    postToMain({ type: 'connecting' })
    return new PortStream(data.port)
  }
  throw new Error(`a worker can connect only to the node that has started it, ${data.parent}`)
}

/** Encodes the exit reason of an error. A reason that cannot be encoded is sent as text. */
function encodeReason(thrown: unknown): Uint8Array {
  try {
    return encode(exitReason(thrown))
  } catch {
    return encode(exitReason(new Error(String(thrown))))
  }
}
