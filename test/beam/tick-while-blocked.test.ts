import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import type { BeamNode } from '../support/beam.ts'
import { eventually } from '../support/eventually.ts'
import { Meeting } from './node-meeting.ts'

let meeting: Meeting
let kate: BeamNode

beforeEach(async () => {
  meeting = await Meeting.start()
  kate = await meeting.elixir('kate', { flags: ['-kernel', 'net_ticktime', '4'] })
  await kate.evaluate(`
    parent = self()
    spawn(fn ->
      Process.register(self(), :watcher)
      :net_kernel.monitor_nodes(true)
      send(parent, :ready)
      Stream.repeatedly(fn -> receive do m -> IO.inspect(m) end end) |> Stream.run()
    end)
    receive do :ready -> :ok end`)
})

afterEach(() => meeting[Symbol.asyncDispose]())

const dist = new URL('../../dist/index.js', import.meta.url).href

interface Program {
  readonly child: ChildProcess
  readonly stdout: string[]
  stderr: string
}

/** A program whose node alex connects to kate, computes for a time, and calls kate afterwards. */
function computing(ms: number, options: string): Program {
  const source = `
    import { erpc, Node } from '${dist}'
    const node = await Node.start({ name: 'alex@localhost', cookie: '${meeting.cluster.cookie}', netTickTime: 4_000, ${options} })
    function compute(ms) {
      let x = 0
      for (const end = performance.now() + ms; performance.now() < end; ) x += Math.sqrt(x + 1)
      return x
    }
    await node.run(async () => {
      console.log(await Node.connect('kate@localhost'))
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      const connection = node.peers.connection(node.peers.list()[0])
      compute(${ms})
      await new Promise((resolve) => setTimeout(resolve, 700))
      console.log(node.peers.connection(node.peers.list()[0]) === connection)
      console.log(await erpc.call('kate@localhost', ':erlang', 'byte_size', ['x'.repeat(1_000_000)]))
    })
    await node.stop()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    env: { ...process.env, ERL_EPMD_PORT: String(meeting.cluster.epmdPort) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const program: Program = { child, stdout: [], stderr: '' }
  createInterface({ input: child.stdout! }).on('line', (line) => program.stdout.push(line))
  child.stderr!.on('data', (text: Buffer) => {
    program.stderr += text
  })
  return program
}

const ended = ({ child }: Program): Promise<number | null> =>
  new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(child.exitCode)))

test('a real node keeps the connection to a program that computes for four tick times; the log has the code', async () => {
  const program = computing(16_000, 'tickWhileBlocked: 60_000')
  expect(await ended(program)).toBe(0)
  expect(program.stdout).toEqual(['true', 'true', '1000000'])
  expect(program.stderr).toMatch(/\[warning\] The program handled no events for at least \d+ s\./)
  expect(program.stderr).toMatch(/ {4}compute \(.*:\d+:\d+\)/)
  expect(kate.output()).toBe('{:nodeup, :alex@localhost}\n{:nodedown, :alex@localhost}\n')
  await meeting.check()
}, 90_000)

test('after the stated time the real node closes the connection', async () => {
  const program = computing(15_000, 'tickWhileBlocked: 4_000')
  await eventually('the nodedown', () => kate.output().includes('nodedown'))
  expect(program.stdout).toEqual(['true'])
  expect(program.stderr).toContain('Its connections get no more ticks, so other nodes close them.')
  expect(await ended(program)).toBe(0)
  expect(program.stdout).toEqual(['true', 'false', '1000000'])
  meeting.mayLog.push(/alex/)
  await meeting.check()
}, 90_000)

test('without the option the real node closes the connection in the tick time', async () => {
  const program = computing(8_000, '')
  expect(await ended(program)).toBe(0)
  expect(program.stdout).toEqual(['true', 'false', '1000000'])
  expect(program.stderr).not.toContain('handled no events')
  meeting.mayLog.push(/alex/)
  await meeting.check()
}, 90_000)
