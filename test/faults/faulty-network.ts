import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../support/ports.ts'

/** What happens to the bytes of one direction between two nodes. */
export interface Impairment {
  /** The bytes wait in the network, as those of a cut line that TCP sends again later. */
  readonly cut?: boolean
  /** In ms. */
  readonly delay?: number
  /** Probability that a segment is lost. TCP with selective acknowledgements sends it again after about 200 ms. */
  readonly loss?: number
}

const RETRANSMISSION = 200
/** In ms. */
const DRAINED_WITHIN = 60_000
const PORT_PLEASE2_REQ = 122
const PORT2_RESP = 119

/**
 * Network between nodes that this test can impair, without special rights: an epmd in front of the real one tells each node, in the
 * place of the port of another node, the port of a proxy.
 */
export class FaultyNetwork implements AsyncDisposable {
  /** The port for `ERL_EPMD_PORT` of the nodes. */
  readonly epmdPort: number
  readonly random: () => number
  readonly #realEpmdPort: number
  readonly #front: Server
  readonly #proxies = new Map<string, { readonly server: Server; readonly port: number; target: number }>()
  readonly #sockets = new Set<Socket>()
  readonly #directions = new Set<Direction>()
  #impairments: (from: string, to: string) => Impairment | undefined = () => undefined
  #epmd: ChildProcess | undefined

  private constructor(front: Server, realEpmdPort: number, random: () => number) {
    this.#front = front
    this.epmdPort = portOf(front)
    this.#realEpmdPort = realEpmdPort
    this.random = random
    front.on('connection', (socket) => this.#serveEpmd(socket))
  }

  static async start(random: () => number): Promise<FaultyNetwork> {
    const front = createServer({ allowHalfOpen: true })
    await listening(front)
    const network = new FaultyNetwork(front, await freePort(), random)
    await network.startEpmd()
    return network
  }

  async startEpmd(): Promise<void> {
    const moebi = fileURLToPath(new URL('../../bin/moebi.js', import.meta.url))
    const port = String(this.#realEpmdPort)
    const child = spawn(process.execPath, [moebi, 'epmd', '-port', port, '-address', '127.0.0.1'], {
      stdio: 'ignore',
    })
    this.#epmd = child
    while (child.exitCode === null) {
      const socket = connect(this.#realEpmdPort, '127.0.0.1')
      const open = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      })
      socket.destroy()
      if (open) return
      await pause(20)
    }
    throw new Error(`moebi epmd ended with ${child.exitCode}`)
  }

  async killEpmd(): Promise<void> {
    const child = this.#epmd!
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }

  /** Impairs the directions for which the function returns something. */
  impair(impairments: (from: string, to: string) => Impairment | undefined): void {
    this.#impairments = impairments
    for (const direction of this.#directions) direction.flush()
  }

  /** Ends the impairments. Resolves when the bytes that wait in the network have arrived. */
  async heal(): Promise<void> {
    this.impair(() => undefined)
    const until = performance.now() + DRAINED_WITHIN
    while ([...this.#directions].some((direction) => direction.busy)) {
      if (performance.now() > until) throw new Error('bytes still wait in the network that was healed')
      await pause(10)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    for (const { server } of this.#proxies.values()) server.close()
    this.#front.close()
    if (this.#epmd && this.#epmd.exitCode === null && this.#epmd.signalCode === null) await this.killEpmd()
  }

  #serveEpmd(client: Socket): void {
    this.#track(client)
    const epmd = connect({ port: this.#realEpmdPort, host: '127.0.0.1', allowHalfOpen: true })
    this.#track(epmd)
    let asked: string | undefined
    client.on('data', (bytes) => {
      if (bytes[2] === PORT_PLEASE2_REQ) asked = bytes.toString('latin1', 3)
      epmd.write(bytes)
    })
    epmd.on('data', async (bytes: Buffer) => {
      if (asked !== undefined && bytes[0] === PORT2_RESP && bytes[1] === 0)
        bytes.writeUInt16BE(await this.#proxyOf(asked, bytes.readUInt16BE(2)), 2)
      client.write(bytes)
    })
    epmd.on('end', () => client.end())
    client.on('end', () => epmd.end())
    client.on('close', () => epmd.destroy())
    // A connection that epmd has dropped, or refused, is closed without an answer.
    epmd.on('close', () => client.destroySoon())
  }

  async #proxyOf(name: string, target: number): Promise<number> {
    const known = this.#proxies.get(name)
    if (known) {
      known.target = target
      return known.port
    }
    const server = createServer({ allowHalfOpen: true })
    await listening(server)
    const proxy = { server, port: portOf(server), target }
    this.#proxies.set(name, proxy)
    server.on('connection', (client) => this.#serveNode(client, name, proxy.target))
    return proxy.port
  }

  #serveNode(client: Socket, to: string, target: number): void {
    this.#track(client)
    const node = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true })
    this.#track(node)
    let from = ''
    const there = new Direction(client, node, this.random, () => this.#impairments(from, to))
    const back = new Direction(node, client, this.random, () => this.#impairments(to, from))
    // The first message of the handshake is the name of the node that connects: send_name, 'N'.
    client.once('data', (bytes: Buffer) => {
      if (bytes[2] === 0x4e) from = bytes.toString('latin1', 17).split('@')[0]!
    })
    for (const direction of [there, back]) {
      this.#directions.add(direction)
      direction.start(() => this.#directions.delete(direction))
    }
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
  }
}

/** One direction of a connection. Bytes, and the end behind them, arrive in order. */
class Direction {
  readonly #from: Socket
  readonly #to: Socket
  readonly #random: () => number
  readonly #impairment: () => Impairment | undefined
  readonly #queue: { readonly at: number; readonly deliver: () => void }[] = []
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #onEnd = (): void => {}

  constructor(from: Socket, to: Socket, random: () => number, impairment: () => Impairment | undefined) {
    this.#from = from
    this.#to = to
    this.#random = random
    this.#impairment = impairment
  }

  /** Whether bytes wait in the network. */
  get busy(): boolean {
    return this.#queue.length > 0
  }

  /** @param onEnd called when the end of the direction was delivered */
  start(onEnd: () => void): void {
    this.#onEnd = onEnd
    this.#from.on('data', (bytes) => this.#add(() => void this.#to.write(bytes)))
    this.#from.on('end', () => this.#add(() => void this.#to.end()))
    this.#from.on('close', () => {
      this.#closed = true
      this.#add(() => this.#to.destroySoon())
    })
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#impairment()?.cut) return
    const now = performance.now()
    while (this.#queue[0] && this.#queue[0].at <= now) this.#queue.shift()!.deliver()
    const next = this.#queue[0]
    if (next) this.#timer = setTimeout(() => this.flush(), next.at - now)
    else if (this.#closed) this.#onEnd()
  }

  #add(deliver: () => void): void {
    const { delay = 0, loss = 0 } = this.#impairment() ?? {}
    let wait = delay
    while (this.#random() < loss) wait += RETRANSMISSION
    const after = this.#queue.at(-1)?.at ?? 0
    this.#queue.push({ at: Math.max(performance.now() + wait, after), deliver })
    if (!this.#timer) this.flush()
  }
}

function listening(server: Server): Promise<unknown> {
  server.listen(0, '127.0.0.1')
  return once(server, 'listening')
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port
}
