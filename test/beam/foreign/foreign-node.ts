import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface, type Interface } from 'node:readline'
import { expect } from 'vitest'
import { encode } from '../../../src/etf/index.ts'
import { makeRef, Process, receive, self, send } from '../../../src/index.ts'
import { atom, float, type Pid, type Term, tuple } from '../../../src/term/index.ts'
import { Cluster, type TestNode } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'

/**
 * A node that is no BEAM: ei-node.c, a C node of libei, or JavaNode.java, a node of Jinterface. It runs one command at a time, a line
 * each, and answers each with a line.
 */
export class ForeignNode implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #lines: Interface
  readonly #answers: AsyncIterator<string>
  #errors = ''

  private constructor(argv: readonly string[], epmdPort: number) {
    const [command = '', ...rest] = argv
    const env = { ...process.env, ERL_EPMD_PORT: String(epmdPort) }
    this.#child = spawn(command, rest, { env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stderr?.on('data', (bytes: Buffer) => (this.#errors += bytes.toString()))
    this.#lines = createInterface({ input: this.#child.stdout! })
    this.#answers = this.#lines[Symbol.asyncIterator]()
  }

  static start(argv: readonly string[], epmdPort: number): ForeignNode {
    return new ForeignNode(argv, epmdPort)
  }

  /** Runs a command, and returns the line that answers it. Terms are written as hex digits. */
  async command(words: string, ...terms: readonly Term[]): Promise<string> {
    const digits = terms.map((term) => Buffer.from(encode(term)).toString('hex'))
    this.#child.stdin?.write(`${[words, ...digits].join(' ')}\n`)
    const answer = await this.#answers.next()
    if (answer.done) throw new Error(`the node ended at "${words}". It printed:\n${this.#errors}`)
    return answer.value
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lines.close()
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}

/** A Moebi node, alex, and foreign nodes. At its end the log of alex must be empty, and no process of alex may be left. */
export class ForeignMeeting implements AsyncDisposable {
  readonly cluster: Cluster
  readonly alex: TestNode
  readonly #before: readonly Pid[]
  readonly #nodes: ForeignNode[] = []

  private constructor(cluster: Cluster, alex: TestNode, before: readonly Pid[]) {
    this.cluster = cluster
    this.alex = alex
    this.#before = before
  }

  static async start(): Promise<ForeignMeeting> {
    const cluster = await Cluster.start()
    const alex = await cluster.moebi('alex')
    return new ForeignMeeting(cluster, alex, await alex.node.run(() => Process.list()))
  }

  /** @param argv the words before the name and the cookie of the node */
  foreign(argv: readonly string[], name = 'carl@localhost'): ForeignNode {
    const node = ForeignNode.start([...argv, name, this.cluster.cookie], this.cluster.epmdPort)
    this.#nodes.push(node)
    return node
  }

  async check(): Promise<void> {
    expect(this.alex.screen.log).toBe('')
    await eventually('the processes of the test to end', async () => {
      const now = await this.alex.node.run(() => Process.list().filter((pid) => pid !== self()))
      return now.every((pid) => this.#before.includes(pid))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes) await node[Symbol.asyncDispose]()
    await this.cluster[Symbol.asyncDispose]()
  }
}

/**
 * Registers the current process, and has the foreign node send it `{Pid, 0}`. Returns the pid of the foreign process.
 * @param words the command that sends to a registered name
 */
export async function introduce(foreign: ForeignNode, words: string): Promise<Pid> {
  if (Process.whereis('alexander') === undefined) Process.register(self(), 'alexander')
  expect(await foreign.command(words, 0)).toBe('ok')
  const message = (await receive()) as readonly [Pid, number]
  expect(message[1]).toBe(0)
  return message[0]
}

/** Sends terms of all types to a process of a foreign node, which decodes and encodes them, and expects to get them back. */
export async function expectEchoes(foreign: ForeignNode, pid: Pid): Promise<void> {
  const ref = makeRef()
  const terms: Term[] = [
    float(1),
    1.5,
    1e300,
    5e-324,
    123456789.123,
    0,
    255,
    256,
    -1,
    -(2 ** 31) - 1,
    2 ** 53,
    2n ** 63n,
    2n ** 64n - 1n,
    -(2n ** 63n),
    -(2n ** 64n),
    2n ** 3000n,
    '',
    'héllo',
    'x'.repeat(70_000),
    new Uint8Array([0, 255, 128]),
    [],
    [1, 2, 3],
    [1000, [2, [3]]],
    Array.from({ length: 70_000 }, (_, i) => i % 256),
    atom('日本'),
    atom('an atom'),
    true,
    null,
    self(),
    ref,
    pid,
    new Map<Term, Term>([
      [1, 'one'],
      [atom('floats'), [float(2), 2]],
    ]),
    tuple(),
    tuple(...Array.from({ length: 300 }, () => 1)),
    tuple(atom('a'), tuple('b', [new Map()])),
  ]
  const hex = (term: Term): string => Buffer.from(encode(term)).toString('hex').slice(0, 200)
  for (const term of terms) {
    send(pid, tuple(self(), term))
    expect(await foreign.command('echo 5000')).toBe('ok')
    const [word, echoed] = (await receive()) as readonly [Term, Term]
    expect([word, hex(echoed)]).toEqual([atom('echo'), hex(term)])
  }
}
