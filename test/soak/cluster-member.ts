import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Beam, epmdEnv, type Home } from '../support/beam.ts'
import { eventually } from '../support/eventually.ts'

/** What a node knows of its cluster, each list sorted: the other nodes, the names of global, and the nodes with a member of the group. */
export interface ClusterView {
  readonly nodes: readonly string[]
  readonly names: readonly string[]
  readonly members: readonly string[]
}

export interface MemberOptions {
  readonly name: string
  readonly kind: 'moebi' | 'erl'
  /** The other nodes of the cluster, to which the node connects when it starts. */
  readonly others: readonly string[]
  readonly epmdPort: number
  readonly cookie: string
  readonly beam: Beam
  readonly home: Home
  /** Distinguishes this start of the node from earlier ones. Its global name contains it. */
  readonly start: number
  readonly onNodeDown: (peer: string) => void
}

// Both programs print `up`, then `nodedown NODE` for each connection that ends. To each line of their input they answer with one line:
// `view NODES NAMES MEMBERS`, lists with commas.

const erlang = ({ name, others, start }: MemberOptions): string => `
  Sorted = fun(L) -> lists:flatten(lists:join(",", lists:sort([io_lib:format("~s", [X]) || X <- L]))) end,
  Reader = self(),
  spawn(fun() -> F = fun G() -> case io:get_line("") of eof -> halt(); _ -> Reader ! view, G() end end, F() end),
  pg:start(pg),
  net_kernel:monitor_nodes(true),
  [net_kernel:connect_node(list_to_atom(N)) || N <- ${JSON.stringify(others)}],
  spawn(fun() -> pg:join(room, self()), global:register_name('${name}/${start}', self()), receive stop -> ok end end),
  io:format("up~n"),
  Loop = fun L() -> receive
      {nodedown, N} -> io:format("nodedown ~s~n", [N]);
      view -> io:format("view ~s ~s ~s~n", [Sorted(nodes()), Sorted(global:registered_names()),
        Sorted([node(P) || P <- pg:get_members(room)])]);
      _ -> ok end, L() end,
  Loop().`

const moebi = ({ name, others, start, cookie }: MemberOptions): string => `
  import { createInterface } from 'node:readline'
  import { atom, global, Node, pg, receive, self, spawn } from '${new URL('../../dist/index.js', import.meta.url)}'
  const sorted = (list) => list.map(String).sort().join(',')
  const node = await Node.start({ name: '${name}', cookie: '${cookie}', log: (line) => process.stderr.write(line) })
  node.peers.subscribe({ up() {}, down: (peer) => console.log('nodedown ' + peer.name) })
  await node.run(async () => {
    for (const other of ${JSON.stringify(others)}) await Node.connect(other)
    spawn(async () => {
      pg.join(atom('room'), self())
      await global.registerName(atom('${name}/${start}'), self())
      await receive()
    })
  })
  console.log('up')
  createInterface({ input: process.stdin }).on('line', () => {
    const view = node.run(() => [Node.list(), global.registeredNames(), pg.getMembers(atom('room')).map((pid) => pid.node)])
    void view.then((lists) => console.log('view', ...lists.map((list) => sorted(list.map((item) => item.name ?? item)))))
  }).on('close', () => process.exit())`

/** A node of a cluster as a process of its own, which can be killed. */
export class ClusterMember {
  readonly #child: ChildProcess
  #output = ''
  #log = ''

  private constructor(child: ChildProcess, onNodeDown: (peer: string) => void) {
    this.#child = child
    let line = ''
    child.stdout?.on('data', (bytes: Buffer) => {
      this.#output += bytes.toString()
      const lines = (line + bytes.toString()).split('\n')
      line = lines.pop()!
      for (const text of lines) if (text.startsWith('nodedown ')) onNodeDown(text.slice('nodedown '.length))
    })
    child.stderr?.on('data', (bytes: Buffer) => {
      this.#log += bytes.toString()
    })
    child.stdin?.on('error', () => {})
  }

  static async start(options: MemberOptions): Promise<ClusterMember> {
    const { kind, name, cookie, epmdPort, beam, home } = options
    const env = { HOME: home.inside, ...epmdEnv(epmdPort) }
    const erl = ['erl', '-noshell', '-sname', name, '-setcookie', cookie]
    const interfaces = ['-kernel', 'inet_dist_use_interface', '{127,0,0,1}', 'logger_level', 'warning']
    const [command = '', ...words] =
      kind === 'erl'
        ? beam.command([...erl, ...interfaces, '-eval', erlang(options)], env)
        : [process.execPath, '--input-type=module', '-e', moebi(options)]
    const child = spawn(command, words, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    const member = new ClusterMember(child, options.onNodeDown)
    await eventually(`${name} to be up`, () => member.#isUp())
    return member
  }

  #isUp(): boolean {
    if (this.#child.exitCode !== null) throw new Error(`the node did not start:\n${this.#output}${this.#log}`)
    return /^up$/m.test(this.#output)
  }

  /** What the node has logged at level warning or above. */
  get log(): string {
    return this.#log + this.#output.replace(/^(up|nodedown .*|view .*)$/gm, '')
  }

  async view(): Promise<ClusterView> {
    const from = this.#output.length
    this.#child.stdin?.write('\n')
    const found = await eventually('a view', () => /^view (\S*) (\S*) (\S*)$/m.exec(this.#output.slice(from)))
    const [nodes = [], names = [], members = []] = found
      .slice(1)
      .map((list) => list.split(',').filter((item) => item !== ''))
    return { nodes, names, members }
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }
}
