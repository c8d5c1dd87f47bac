// The code that the fuzzer calls with any bytes. scripts/fuzz.js bundles and instruments it.
import { negotiate } from '../../src/distribution/control.ts'
import { HandshakeError, ProtocolError } from '../../src/distribution/error.ts'
import { LOCAL_FLAGS } from '../../src/distribution/flags.ts'
import { FrameDecoder } from '../../src/distribution/frame-decoder.ts'
import { Handshake } from '../../src/distribution/handshake.ts'
import { SignalReader } from '../../src/distribution/signal-reader.ts'
import { EpmdError } from '../../src/epmd/error.ts'
import {
  decodeAlive2Resp,
  decodeDumpResp,
  decodeNamesHeader,
  decodeNamesResp,
  decodePort2Resp,
  RequestParser,
} from '../../src/epmd/protocol.ts'
import { CodeLoaders } from '../../src/erl-eval/code-loaders.ts'
import { DecodeError, decode, encode } from '../../src/etf/index.ts'
import { LocalKernel } from '../../src/process/index.ts'
import { Atom, Fun, kill, type Term } from '../../src/term/index.ts'

/** Errors that say that bytes are invalid. Every other error is a fault. */
const expected = [DecodeError, ProtocolError, HandshakeError, EpmdError]

function refuses(act: () => unknown): boolean {
  try {
    act()
    return false
  } catch (error) {
    if (expected.some((kind) => error instanceof kind)) return true
    throw error
  }
}

/** Tags of atoms in the memory of a BEAM, which `binary_to_term` reads although no node may send them. */
const INTERNAL_TAG = /\btag 7[35] \(unknown\)/

/**
 * The start of a reference of no words. `binary_to_term` reads its first word all the same, but checks the length without it, so what it
 * says depends on the bytes behind.
 */
const NO_WORDS = [Buffer.of(90, 0, 0), Buffer.of(114, 0, 0)]

/**
 * Returns the term in these bytes, encoded again, or undefined for bytes that are refused. The oracle judges both. Returns null where the
 * oracle is not asked.
 */
export function reencode(bytes: Uint8Array): Uint8Array | undefined | null {
  if (NO_WORDS.some((start) => Buffer.from(bytes).includes(start))) return null
  try {
    return encode(decode(bytes))
  } catch (error) {
    if (error instanceof DecodeError) return INTERNAL_TAG.test(error.message) ? null : undefined
    throw error
  }
}

const negotiated = negotiate(
  Atom.intern('alex@localhost'),
  Atom.intern('kate@localhost'),
  0x6b029b2a,
  LOCAL_FLAGS,
)

function readFrames(bytes: Uint8Array): void {
  // Cut in two, so that a frame ends in another chunk.
  const middle = bytes.length >> 1
  const frames = new FrameDecoder(4, 2 ** 20)
  const reader = new SignalReader(negotiated, { hasReceiver: () => true, floats: 'exact' })
  for (const chunk of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
    frames.push(chunk)
    while (frames.next()) if (frames.start < frames.end) reader.read(frames.bytes, frames.start, frames.end)
  }
}

function shakeHands(bytes: Uint8Array): void {
  const options = {
    local: { name: 'alex@localhost', creation: 7 },
    address: '127.0.0.1:1',
    cookieFor: () => 'c',
    statusFor: () => 'alive' as const,
    nameFor: (host: string) => ({ name: `n@${host}`, creation: 8 }),
  }
  const handshake =
    bytes[0]! & 1
      ? Handshake.accept(options)
      : Handshake.initiate({ ...options, peer: 'kate@localhost', asksForName: (bytes[0]! & 2) > 0 })
  handshake.feed(bytes.subarray(1))
  handshake.takeOutput()
}

function readEpmd(bytes: Uint8Array): void {
  const kinds = [
    () => new RequestParser().push(bytes.subarray(1)),
    () => decodeAlive2Resp(bytes.subarray(1)),
    () => decodePort2Resp(bytes.subarray(1)),
    () => decodeNamesHeader(bytes.subarray(1)) && decodeNamesResp(bytes.subarray(1)),
    () => decodeDumpResp(bytes.subarray(1)),
  ]
  kinds[(bytes[0] ?? 0) % kinds.length]!()
}

const kernel = new LocalKernel()
const loaders = new CodeLoaders(kernel, false)
/** A fun that has not ended in this time, in ms, is killed: it may be an endless loop. */
const RUNS_FOR = 20

/** Runs a fun of `erl_eval` in a process, which may end in any way. */
async function runFun(bytes: Uint8Array): Promise<void> {
  let fun: Term
  if (refuses(() => (fun = decode(bytes))) || !(fun! instanceof Fun)) return
  const called = fun
  await new Promise<void>((resolve) => {
    const process = kernel.spawn(() => loaders.call(called, [1, 2].slice(0, called.arity)))
    const timer = setTimeout(() => process.exit(kill), RUNS_FOR)
    process.onExit(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

export const targets: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  decode: reencode,
  frames: (bytes) => refuses(() => readFrames(bytes)),
  handshake: (bytes) => refuses(() => shakeHands(bytes)),
  epmd: (bytes) => refuses(() => readEpmd(bytes)),
  'erl-eval': runFun,
}
