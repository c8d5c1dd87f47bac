import { type AddressInfo, createServer, type Socket } from 'node:net'
import { isLoopbackHost } from '../../epmd/index.ts'
import { encode } from '../../etf/index.ts'
import type { Kernel, LocalProcess } from '../../process/index.ts'
import { atom, badarg, ErlangError, Port, type Term, tuple } from '../../term/index.ts'

/** Ids of trace ports. Other ports do not exist here. */
const FIRST_ID = 1n
/** Command of `erlang:port_control/3` that asks a trace port of OTP for its TCP port: `$p`. */
const GET_LISTEN_PORT = 112
const TERM_FOLLOWS = 0

/** TCP ports of the open trace ports, by their ids. */
const listening = new WeakMap<Kernel, Map<bigint, number>>()
let lastId = FIRST_ID

/**
 * Opens what a tracer of Erlang reads trace messages from: a port that listens, as that of `dbg:trace_port(ip, 0)`. `observer` ends with
 * an error without it. Each reader gets one message, which says that this node is not traced. Closed at the end of the process.
 */
export function openTracePort(process: LocalProcess, sentence: Term): Promise<Port> {
  const { kernel, pid } = process
  const id = lastId++
  const readers = new Set<Socket>()
  const server = createServer((socket) => {
    readers.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => readers.delete(socket))
    socket.write(messageOf(tuple(atom('trace_ts'), pid, atom('receive'), sentence, timestamp())))
  })
  const ports = listening.get(kernel) ?? new Map<bigint, number>()
  listening.set(kernel, ports)
  process.onExit(() => {
    ports.delete(id)
    server.close()
    for (const reader of readers) reader.destroy()
  })
  const host = kernel.name.name.split('@')[1] ?? ''
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // A tracer connects to the host in the name of the node.
    server.listen({ port: 0, host: isLoopbackHost(host) ? '127.0.0.1' : host }, () => {
      ports.set(id, (server.address() as AddressInfo).port)
      resolve(new Port(kernel.name, id, kernel.creation))
    })
  })
}

/** `erlang:port_control/3` for trace ports: returns a zero and the TCP port. */
export function controlPort(kernel: Kernel, port: Term, command: Term): Uint8Array {
  const open = port instanceof Port && kernel.isLocal(port) ? listening.get(kernel)?.get(port.id) : undefined
  if (open === undefined || command !== GET_LISTEN_PORT) throw new ErlangError(badarg)
  return Uint8Array.of(0, open >> 8, open & 255)
}

/** Returns a trace message as the trace driver sends it: a byte, the length in four bytes, the term. */
function messageOf(term: Term): Buffer {
  const bytes = encode(term)
  const header = Buffer.alloc(5)
  header.writeUInt8(TERM_FOLLOWS, 0)
  header.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([header, bytes])
}

function timestamp(): Term {
  const now = Date.now()
  return tuple(Math.floor(now / 1e9), Math.floor(now / 1e3) % 1e6, (now % 1e3) * 1e3)
}
