import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  type AcceptOptions,
  accept,
  type Connection,
  dial,
  flagNames,
  type HandshakeError,
  initiate,
  type Listener,
  listen,
  simultaneousStatus,
} from '../../src/distribution/index.ts'
import { type EpmdServer, lookup, type Registration, register, startEpmd } from '../../src/epmd/index.ts'
import type { Signal } from '../../src/process/index.ts'
import { Atom, atom, equals, internPid, isTuple, Reference, type Term, tuple } from '../../src/term/index.ts'
import { type BeamNode, findBeam, type Home, startNode } from '../support/beam.ts'
import { freePort } from '../support/ports.ts'

const beam = findBeam()!
const erlNode = Atom.intern('erl@localhost')
const TICK_TIME = 8000

let epmd: EpmdServer
let port = 0
let home: Home
let erl: BeamNode
beforeAll(async () => {
  port = await freePort()
  epmd = await startEpmd({ port, addresses: ['127.0.0.1'] })
  home = await beam.home()
  erl = await startNode(beam, {
    kind: 'erl',
    name: 'erl@localhost',
    epmdPort: port,
    home,
    cookie: 'shared',
    flags: ['-kernel', 'net_ticktime', '8'],
  })
}, 60_000)
afterAll(async () => {
  await erl?.stop()
  await epmd?.close()
  await home?.[Symbol.asyncDispose]()
})

const ends: End[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end.stop()
})

/** Minimal node: the parts that accept and make connections. */
class End {
  readonly name: Atom
  readonly signals: Signal[] = []
  readonly downs: string[] = []
  readonly errors: HandshakeError[] = []
  connection: Connection | undefined
  readonly creation: number
  readonly #registration: Registration
  readonly #listener: Listener
  readonly #cookie: string
  readonly #overrides: Partial<AcceptOptions>

  private constructor(
    name: string,
    cookie: string,
    listener: Listener,
    registration: Registration,
    overrides: Partial<AcceptOptions>,
  ) {
    this.name = Atom.intern(name)
    this.#cookie = cookie
    this.#listener = listener
    this.#registration = registration
    this.#overrides = overrides
    this.creation = registration.creation
    ends.push(this)
  }

  static async start(name: string, cookie = 'shared', overrides: Partial<AcceptOptions> = {}): Promise<End> {
    const listener = await listen({}, (socket) => end.#accept(socket))
    const registration = await register({
      name: name.split('@')[0]!,
      port: listener.port,
      epmd: { host: '127.0.0.1', port },
    })
    const end = new End(name, cookie, listener, registration, overrides)
    return end
  }

  options(): AcceptOptions {
    return {
      local: { name: this.name, creation: this.creation },
      cookieFor: () => this.#cookie,
      tickTime: TICK_TIME,
      onSignal: (signal) => this.signals.push(signal),
      onDown: (reason) => this.downs.push(reason),
      ...this.#overrides,
    }
  }

  async connect(): Promise<Connection> {
    const node = await lookup('erl', '127.0.0.1', { port })
    const socket = await dial({ host: '127.0.0.1', port: node!.port })
    this.connection = await initiate(socket, { ...this.options(), peer: erlNode })
    return this.connection
  }

  /** Resolves with the first signal for which the predicate is true. */
  async heard<S extends Signal['type']>(
    type: S,
    check: (signal: Extract<Signal, { type: S }>) => boolean = () => true,
  ): Promise<Extract<Signal, { type: S }>> {
    const find = (): Signal | undefined =>
      this.signals.find((signal) => signal.type === type && check(signal as Extract<Signal, { type: S }>))
    await vi.waitFor(() => expect(find()).toBeDefined(), { timeout: 10_000, interval: 10 })
    return find() as Extract<Signal, { type: S }>
  }

  async stop(): Promise<void> {
    void this.connection?.close('the test is over')
    this.#listener.close()
    await this.#registration.close()
    await erl.waitFor(`lists:member('${this.name}', nodes(connected))`, 'false')
  }

  #accept(socket: Socket): void {
    accept(socket, this.options()).then(
      (connection) => (this.connection = connection),
      (error: HandshakeError) => this.errors.push(error),
    )
  }
}

const connectTo = (node: string): Promise<string> => erl.erlang(`net_kernel:connect_node('${node}').`)

/** Matches a message that erl has sent to the name `here`. */
function said(signal: Extract<Signal, { type: 'message' }>, message: Term): boolean {
  return equals(signal.message, message)
}

describe('the handshake with a real node', () => {
  test('succeeds when the real node connects, and its nodes() contains Moebi', async () => {
    const end = await End.start('moebi@localhost')
    expect(await connectTo('moebi@localhost')).toBe('true')
    expect(await erl.erlang('nodes().')).toBe('[moebi@localhost]')
    expect(end.connection?.peer).toMatchObject({ name: erlNode, hidden: false })
    expect(end.connection?.peer.creation).toBe(Number(await erl.erlang('erts_internal:get_creation().')))
  })

  test('succeeds when Moebi connects', async () => {
    const end = await End.start('moebi@localhost')
    const connection = await end.connect()
    expect(connection.peer.name).toBe(erlNode)
    await erl.waitFor('nodes().', '[moebi@localhost]')
  })

  test('both nodes say MANDATORY_25_DIGEST', async () => {
    const { peer } = await (await End.start('moebi@localhost')).connect()
    expect(flagNames(peer.flags)).toContain('MANDATORY_25_DIGEST')
  })

  test('succeeds for a hidden node, which nodes() of the real node does not contain', async () => {
    const local = { name: Atom.intern('hidden@localhost'), hidden: true, creation: 5 }
    const end = await End.start('hidden@localhost', 'shared', { local })
    const connection = await end.connect()
    expect(connection.peer).toMatchObject({ hidden: true, published: true })
    await erl.waitFor('nodes(hidden).', '[hidden@localhost]')
    expect(await erl.erlang('nodes().')).toBe('[]')
  })

  test('fails with another cookie when the real node connects, and both report it', async () => {
    const end = await End.start('moebi@localhost', 'another')
    expect(await connectTo('moebi@localhost')).toBe('false')
    await vi.waitFor(() => expect(end.errors).toHaveLength(1), { timeout: 5000 })
    expect(end.errors[0]).toMatchObject({ code: 'HANDSHAKE_COOKIE', peer: 'erl@localhost' })
    expect(end.errors[0]?.message).toMatch(
      /^connection attempt from node erl@localhost \(127\.0\.0\.1:\d+\) rejected: invalid challenge reply/,
    )
  })

  test('fails with another cookie when Moebi connects, and both report it', async () => {
    const end = await End.start('moebi@localhost', 'another')
    const error = await end.connect().catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'HANDSHAKE_COOKIE', peer: 'erl@localhost' })
    await vi.waitFor(async () => expect((await erl.log()).join('\n')).toContain('Invalid challenge reply'))
  })

  test('succeeds once when both connect at the same time', async () => {
    let own: Promise<Connection> | undefined
    const statusFor = (peer: { name: string }) => {
      own = end.connect()
      return simultaneousStatus('moebi@localhost', peer.name)
    }
    const end = await End.start('moebi@localhost', 'shared', { statusFor })
    expect(await connectTo('moebi@localhost')).toBe('true')
    const connection = await own
    await vi.waitFor(() => expect(end.errors).toHaveLength(1))
    expect(end.errors[0]?.code).toBe('HANDSHAKE_NOK')
    expect(connection?.closed).toBe(false)
    expect(await erl.erlang('nodes().')).toBe('[moebi@localhost]')
  })

  test('replaces the old connection of a restarted node', async () => {
    const end = await End.start('moebi@localhost')
    const old = await end.connect()
    const anew = await end.connect()
    await vi.waitFor(() => expect(end.downs).toEqual(['connection closed']), { timeout: 10_000 })
    expect([old.closed, anew.closed]).toEqual([true, false])
    await erl.waitFor('nodes().', '[moebi@localhost]')
  })

  test('answers "alive" to a restarted node, which confirms, and replaces the old connection', async () => {
    const end = await End.start('moebi@localhost', 'shared', {
      statusFor: () => (end.connection ? 'alive' : 'ok'),
      onVerified: () => end.connection?.close('a newer link takes its place'),
    })
    expect(await connectTo('moebi@localhost')).toBe('true')
    const old = end.connection!
    await erl.erlang("erlang:disconnect_node('moebi@localhost').")
    expect(await connectTo('moebi@localhost')).toBe('true')
    expect(old.closed).toBe(true)
  })
})

describe('signals to and from a real node', () => {
  const me = (end: End) => internPid(end.name, 200, 0, end.creation)

  test('messages arrive complete and in order in both directions, to a name and to a pid', async () => {
    const end = await End.start('moebi@localhost')
    await end.connect()
    await erl.erlang(`
      register(echo, spawn(fun Loop() ->
        receive {From, M} -> From ! {echo, M}, Loop() end
      end)).`)
    const echo = { name: Atom.intern('echo'), node: erlNode }
    const terms: Term[] = [
      1,
      2n ** 70n,
      -1.5,
      'grüß dich',
      [],
      [1, 2, 300],
      tuple(atom('a'), null, true),
      { key: [tuple()] },
      'x'.repeat(300_000),
      me(end),
    ]
    for (const term of terms)
      end.connection!.signal({ type: 'message', from: me(end), to: echo, message: tuple(me(end), term) })
    const last = terms.at(-1)!
    await end.heard('message', (signal) => said(signal, tuple(atom('echo'), last)))
    const answers = end.signals.filter((signal) => signal.type === 'message' && signal.to === me(end))
    expect(answers).toHaveLength(terms.length)
    answers.forEach((signal, i) => {
      expect(signal.type === 'message' && said(signal, tuple(atom('echo'), terms[i]))).toBe(true)
    })
    await erl.erlang('exit(whereis(echo), kill).')
  })

  test('a gen_server call of erl monitors the server, and its alias receives the reply', async () => {
    const end = await End.start('moebi@localhost')
    await end.connect()
    const called = erl.erlang("gen_server:call({server, 'moebi@localhost'}, hello).")
    const monitor = await end.heard(
      'monitor',
      (signal) => !('id' in signal.to) && signal.to.name.name === 'server',
    )
    const request = await end.heard(
      'message',
      (signal) => !isPid(signal.to) && nameOf(signal.to) === 'server',
    )
    expect(isTuple(request.message)).toBe(true)
    const [, [, tag]] = request.message as unknown as [unknown, [unknown, { items: Term[]; tail: Reference }]]
    end.connection!.signal({
      type: 'message',
      from: me(end),
      to: tag.tail,
      message: tuple(tag as never, atom('world')),
    })
    expect(await called).toBe('world')
    await end.heard('demonitor', (signal) => equals(signal.ref, monitor.ref))
  })

  test('a monitor of an unknown name is answered with noproc, so that the call of erl fails at once', async () => {
    const end = await End.start('moebi@localhost')
    await end.connect()
    const called = erl.erlang("catch gen_server:call({nobody, 'moebi@localhost'}, hello).")
    const { to, from, ref } = await end.heard('monitor')
    end.connection!.signal({ type: 'down', from: to, to: from, ref, reason: atom('noproc') })
    expect(await called).toContain('noproc')
  })

  test('a linked process exits with the reason of a process of erl', async () => {
    const end = await End.start('moebi@localhost')
    await end.connect()
    await erl.erlang('register(victim, spawn(fun() -> receive {die, R} -> exit(R) end end)).')
    await erl.erlang("[{any, 'moebi@localhost'} ! {victim, whereis(victim)}].")
    const hello = await end.heard(
      'message',
      (signal) => isTuple(signal.message) && signal.message.elements[0] === atom('victim'),
    )
    const victim = (hello.message as unknown as [unknown, ReturnType<typeof me>])[1]
    end.connection!.signal({ type: 'link', from: me(end), to: victim })
    end.connection!.signal({ type: 'unlink', from: me(end), to: victim, id: 2n ** 40n })
    expect(await end.heard('unlinkAck')).toMatchObject({ from: victim, to: me(end), id: 2n ** 40n })
    end.connection!.signal({ type: 'link', from: me(end), to: victim })
    const ref = new Reference(end.name, end.creation, [7, 8, 9])
    end.connection!.signal({ type: 'monitor', from: me(end), to: victim, ref })
    end.connection!.signal({
      type: 'message',
      from: me(end),
      to: victim,
      message: tuple(atom('die'), tuple(atom('shutdown'), [1])),
    })
    const exit = await end.heard('exit')
    expect(exit).toMatchObject({ from: victim, to: me(end) })
    expect(equals(exit.reason, tuple(atom('shutdown'), [1]))).toBe(true)
    const down = await end.heard('down')
    expect(equals(down.ref, ref) && equals(down.reason, exit.reason)).toBe(true)
  })

  test('exit signals reach a process of erl, over a link and when they are sent', async () => {
    const end = await End.start('moebi@localhost')
    await end.connect()
    const trapping = `
      spawn(fun() ->
        process_flag(trap_exit, true), {any, 'moebi@localhost'} ! {ready, self()},
        receive {link, P} -> link(P), {any, 'moebi@localhost'} ! linked end,
        {any, 'moebi@localhost'} ! receive {'EXIT', _, R1} -> {first, R1} end,
        {any, 'moebi@localhost'} ! receive {'EXIT', _, R2} -> {second, R2} end
      end).`
    await erl.erlang(trapping)
    const ready = await end.heard(
      'message',
      (signal) => isTuple(signal.message) && signal.message.elements[0] === atom('ready'),
    )
    const pid = ready.from
    end.connection!.signal({ type: 'message', from: me(end), to: pid, message: tuple(atom('link'), me(end)) })
    expect(await end.heard('link')).toMatchObject({ from: pid, to: me(end) })
    end.connection!.signal({ type: 'exit', from: me(end), to: pid, reason: atom('one') })
    await end.heard('message', (signal) => said(signal, tuple(atom('first'), atom('one'))))
    end.connection!.signal({ type: 'exit2', from: me(end), to: pid, reason: atom('two') })
    await end.heard('message', (signal) => said(signal, tuple(atom('second'), atom('two'))))
  })

  test('Moebi spawns a process on erl, whose exit reason contains the result', async () => {
    const end = await End.start('moebi@localhost')
    await end.connect()
    const ref = new Reference(end.name, end.creation, [1, 1, 1])
    end.connection!.signal({
      type: 'spawnRequest',
      ref,
      from: me(end),
      node: erlNode,
      leader: me(end),
      module: Atom.intern('erlang'),
      function: Atom.intern('exit'),
      args: [tuple(atom('done'), 42)],
      options: [atom('monitor')],
    })
    const reply = await end.heard('spawnReply')
    expect(reply).toMatchObject({ to: me(end), monitor: true, link: false, node: erlNode })
    expect(equals(reply.ref, ref)).toBe(true)
    const down = await end.heard('down')
    expect(down.from).toBe(reply.result)
    expect(equals(down.reason, tuple(atom('done'), 42))).toBe(true)
  })

  test('erl spawns a process on Moebi: its rpc is a spawn request, and the exit reason is the reply', async () => {
    const end = await End.start('moebi@localhost')
    await end.connect()
    const called = erl.erlang("rpc:call('moebi@localhost', 'Elixir.Kate', say_name, [1, 2]).")
    const request = await end.heard('spawnRequest')
    expect(request).toMatchObject({ module: Atom.intern('erpc'), function: Atom.intern('execute_call') })
    const [result, module, name, args] = request.args
    expect([module, name, args]).toEqual([Atom.intern('Elixir.Kate'), Atom.intern('say_name'), [1, 2]])
    const { ref, from } = request
    end.connection!.signal({
      type: 'spawnReply',
      ref,
      node: end.name,
      to: from,
      link: false,
      monitor: true,
      result: me(end),
    })
    end.connection!.signal({
      type: 'down',
      from: me(end),
      to: from,
      ref,
      reason: tuple(result, atom('return'), 'kate') as Term,
    })
    expect(await called).toBe('<<"kate">>')
  })

  test('a message to a pid of an earlier instance of erl does not close the connection', async () => {
    const end = await End.start('moebi@localhost')
    await end.connect()
    const old = internPid(erlNode, 90, 0, 77)
    end.connection!.signal({ type: 'message', from: me(end), to: old, message: 1 })
    end.connection!.signal({ type: 'exit', from: me(end), to: old, reason: atom('normal') })
    end.connection!.signal({ type: 'exit2', from: me(end), to: old, reason: atom('normal') })
    end.connection!.signal({ type: 'link', from: me(end), to: old })
    expect(await end.heard('exit')).toMatchObject({ from: old, reason: atom('noproc') })
    end.connection!.signal({ type: 'unlink', from: me(end), to: old, id: 3n })
    expect(await end.heard('unlinkAck')).toMatchObject({ from: old })
    expect(await erl.erlang('nodes().')).toBe('[moebi@localhost]')
    expect((await erl.log()).join('\n')).not.toContain('Invalid distribution message')
  })
})

describe('an idle connection', () => {
  test('remains open for three times the tick time of both nodes', async () => {
    const end = await End.start('moebi@localhost')
    const connection = await end.connect()
    await erl.waitFor('nodes().', '[moebi@localhost]')
    const before = { ...connection.stats }
    const ticksOfPeriod = 4
    const silence = 3 * ticksOfPeriod * 4
    await vi.waitFor(
      () => expect(connection.stats.bytesIn).toBeGreaterThanOrEqual(before.bytesIn + silence),
      {
        timeout: 45_000,
        interval: 200,
      },
    )
    expect(end.downs).toEqual([])
    expect(connection.stats.bytesOut - before.bytesOut).toBeGreaterThanOrEqual(silence - 4)
    expect(connection.stats.signalsOut).toBe(0)
    expect(await erl.erlang('nodes().')).toBe('[moebi@localhost]')
  }, 60_000)
})

function isPid(to: object): boolean {
  return 'serial' in to
}

function nameOf(to: object): string {
  return 'name' in to ? String(to.name) : ''
}
