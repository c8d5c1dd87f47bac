import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Node } from '../../src/index.ts'
import { type BeamNode, epmdEnv, type Home } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { beam, Meeting } from './node-meeting.ts'

// Bob is a real node that is killed and back under his name within about 100 ms. Every node still handles the end of the old bob
// then. To be that fast, the new BEAM boots before the kill, and waits for the name.

const ROUNDS = 6

let meeting: Meeting
let home: Home
let kate: BeamNode
let alex: TestNode

/** A BEAM that is not distributed until it is told to take the name bob. */
class StandbyBob {
  readonly #child: ChildProcess
  output = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (bytes: Buffer) => {
        this.output += bytes.toString()
      })
  }

  static async boot(contact: string): Promise<StandbyBob> {
    const { cookie, epmdPort } = meeting.cluster
    // Until epmd has noticed the end of the old bob, the name is taken, and net_kernel logs that.
    const code = `
      io:format("booted~n"), io:get_line(""),
      Start = fun Start(Attempts) when Attempts > 0 ->
        case net_kernel:start(['bob@localhost', shortnames]) of
          {ok, _} -> ok;
          _ -> timer:sleep(10), Start(Attempts - 1)
        end
      end,
      logger:set_primary_config(level, none), Start(500), logger:set_primary_config(level, notice),
      erlang:set_cookie('${cookie}'),
      io:format("connected ~p~n", [net_kernel:connect_node('${contact}@localhost')]),
      receive stop -> ok end.`
    const argv = ['erl', '-noshell', '-kernel', 'inet_dist_use_interface', '{127,0,0,1}', '-eval', code]
    const [command = '', ...rest] = beam.command(argv, { HOME: home.inside, ...epmdEnv(epmdPort) })
    const standby = new StandbyBob(spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'] }))
    await eventually('a BEAM that waits for the name', () => standby.output.includes('booted'), {
      timeout: 30_000,
    })
    return standby
  }

  start(): void {
    this.#child.stdin?.write('\n')
  }

  get connected(): boolean {
    return this.output.includes('connected true')
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

beforeAll(async () => {
  meeting = await Meeting.start()
  home = await beam.home()
  ;[alex, kate] = await Promise.all([meeting.moebi('alex'), meeting.elixir('kate')])
  expect(await kate.evaluate('Node.connect(:alex@localhost)')).toBe('true')
}, 60_000)

afterAll(async () => {
  await meeting?.[Symbol.asyncDispose]()
  await home?.[Symbol.asyncDispose]()
})

test.each(['alex', 'kate'])(
  'a real node that restarts at once and connects to %s first is disconnected by no node',
  async (contact) => {
    // What kate logs when she receives the report of alex before her own nodedown. It is about the old bob.
    meeting.mayLog.push(/'global' at node kate@localhost requested disconnect from node bob@localhost/)
    let bob = await StandbyBob.boot(contact)
    bob.start()
    try {
      await allConnected(bob)
      for (let round = 0; round < ROUNDS; round++) {
        const next = await StandbyBob.boot(contact)
        const old = bob
        bob = next
        old.kill()
        bob.start()
        await allConnected(bob)
        // Longer than the delay before a node acts on a report.
        await pause(600)
        await allConnected(bob)
        // Only a running node logs that it was asked to disconnect.
        for (const log of [alex.screen.log, bob.output, (await kate.log()).join('\n')])
          expect(log).not.toMatch(/'global' at node \S+ disconnected node/)
        expect(alex.screen.log).not.toMatch(/requested disconnect/)
      }
      await meeting.check()
    } finally {
      bob.kill()
      await kate.waitFor('Node.list()', '[:alex@localhost]')
    }
  },
  120_000,
)

async function allConnected(bob: StandbyBob): Promise<void> {
  await eventually('bob to be connected', () => bob.connected, { timeout: 20_000 })
  await kate.waitFor('Node.list() |> Enum.sort()', '[:alex@localhost, :bob@localhost]')
  await eventually('alex to see both', async () => {
    const seen = await alex.node.run(() => Node.list())
    return seen.map(String).sort().join() === 'bob@localhost,kate@localhost'
  })
}
