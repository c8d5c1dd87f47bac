import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { inspect } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { packageFolder } from '../package/index.ts'
import { infoOf, type Kernel, type LocalProcess, onFatalError, report } from '../process/index.ts'
import type { Atom, Pid, Term } from '../term/index.ts'
import type { PeerTable } from './peers/index.ts'

/** What the dump says of a node. */
interface DumpedNode {
  readonly kernel: Kernel
  readonly peers: PeerTable
  readonly hidden: boolean
}

type Line = Readonly<Record<string, unknown>>

const DEFAULT_FILE = 'moebi_crash.dump'
/** Version of the format. See docs/crash-dump.md. */
const FORMAT = 1
/** Bytes that are written at once. */
const CHUNK = 2 ** 16
/** The most messages of one process, and characters of one message, where messages are asked for. */
const MAX_MESSAGES = 100
const MAX_MESSAGE_LENGTH = 10_000

const nodes = new Set<DumpedNode>()
let stopListening: (() => void) | undefined

/**
 * Makes a fatal error of the program close the connections of a node, write a line to its log, and write the crash dump. There is one
 * dump for all nodes of the program.
 *
 * @returns function that removes the node
 * @see erts, "How to Interpret the Erlang Crash Dumps"
 */
export function dumpAtFatalError(node: DumpedNode): () => void {
  nodes.add(node)
  stopListening ??= onFatalError(onError)
  return () => {
    nodes.delete(node)
    if (nodes.size > 0) return
    stopListening?.()
    stopListening = undefined
  }
}

function onError(error: unknown): void {
  for (const { peers } of nodes) for (const peer of peers.list('connected')) peers.connection(peer)?.abort()
  const slogan = sloganOf(error)
  for (const { kernel } of nodes)
    report({
      kernel,
      level: 'error',
      text: `The program ends by an error outside of all processes: ${slogan}`,
    })
  // A thread ends without the program.
  if (isMainThread) writeCrashDump(error, slogan)
}

function writeCrashDump(error: unknown, slogan: string): void {
  const { ERL_CRASH_DUMP, ERL_CRASH_DUMP_SECONDS = '', MOEBI_CRASH_DUMP_MESSAGES } = process.env
  const file = resolve(ERL_CRASH_DUMP || DEFAULT_FILE)
  const seconds = /^\d+$/.test(ERL_CRASH_DUMP_SECONDS) ? Number(ERL_CRASH_DUMP_SECONDS) : Infinity
  if (seconds === 0) return
  const lines = dumpLines(error, slogan, MOEBI_CRASH_DUMP_MESSAGES === 'true')
  try {
    writeLines(file, lines, performance.now() + seconds * 1_000)
    writeSync(2, `Crash dump is written to: ${file}\n`)
  } catch (failure) {
    writeSync(
      2,
      `The crash dump could not be written: ${(failure as Error).message}. ERL_CRASH_DUMP sets another path, and ` +
        'ERL_CRASH_DUMP_SECONDS=0 none.\n',
    )
  }
}

/** @param until time of `performance.now()` after which nothing more is written */
function writeLines(file: string, lines: Iterable<Line>, until: number): void {
  const isSpecial = statSync(file, { throwIfNoEntry: false })?.isFile() === false
  // A new file has the mode of this program, and is at no place to which a link of another user points.
  if (!isSpecial) rmSync(file, { force: true })
  const descriptor = openSync(file, isSpecial ? 'w' : 'wx', 0o600)
  try {
    let text = ''
    for (const line of lines) {
      text += `${JSON.stringify(line)}\n`
      if (text.length < CHUNK) continue
      writeAll(descriptor, text)
      text = ''
      if (performance.now() > until) return
    }
    writeAll(descriptor, text)
  } finally {
    closeSync(descriptor)
  }
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written)
}

function* dumpLines(error: unknown, slogan: string, withMessages: boolean): Generator<Line> {
  const { version } = JSON.parse(readFileSync(new URL('package.json', packageFolder), 'utf8')) as {
    version: string
  }
  const resources: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  yield {
    type: 'crash_dump',
    version: FORMAT,
    time: new Date().toISOString(),
    slogan,
    stack: error instanceof Error ? (error.stack ?? null) : null,
    moebi: version,
    nodejs: process.versions.node,
    v8: process.versions.v8,
    platform: process.platform,
    arch: process.arch,
    osPid: process.pid,
    uptime: process.uptime(),
    memory: process.memoryUsage(),
    resources,
  }
  for (const node of nodes) yield* nodeLines(node, withMessages)
  yield { type: 'end' }
}

function* nodeLines({ kernel, peers, hidden }: DumpedNode, withMessages: boolean): Generator<Line> {
  const node = kernel.name.name
  const processes = kernel.processes()
  yield {
    type: 'node',
    name: node,
    creation: kernel.creation,
    hidden,
    processes: processes.length,
    names: kernel.registered().map(({ name }) => name),
    zombies: kernel.zombies
      .list()
      .map(({ pid, label, reason }) => ({ pid: String(pid), label, reason: kernel.inspect(reason) })),
  }
  for (const peer of peers.list('connected')) {
    const connection = peers.connection(peer)
    if (!connection) continue
    const { peer: identity, stats } = connection
    const { creation } = identity
    yield { type: 'connection', node, peer: peer.name, hidden: identity.hidden, creation, ...stats }
  }
  for (const process of processes) yield processLine(process, kernel, withMessages)
}

function processLine(process: LocalProcess, kernel: Kernel, withMessages: boolean): Line {
  const info = infoOf(process)
  const text = (target: Pid | { readonly name: Atom; readonly node: Atom }): string =>
    'name' in target ? `${target.name.name} on ${target.node.name}` : String(target)
  const { pid, registeredName, label, status, messageQueueLen, trapExit, timers, currentActivity } = info
  return {
    type: 'process',
    node: kernel.name.name,
    pid: text(pid),
    registeredName: registeredName?.name ?? null,
    label,
    status,
    messageQueueLen,
    links: info.links.map(text),
    monitors: info.monitors.map(text),
    monitoredBy: info.monitoredBy.map(text),
    groupLeader: text(info.groupLeader),
    trapExit,
    timers,
    activity: currentActivity ? { ms: currentActivity.ms } : null,
    ...(withMessages && {
      messages: info.messages.slice(0, MAX_MESSAGES).map((message: Term) => shorten(kernel.inspect(message))),
    }),
  }
}

function shorten(text: string): string {
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH)}…` : text
}

function sloganOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : inspect(error)
}
