import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { run } from '../cli/command.ts'
import { type Epmd, epmdEnv, findBeam, type Home, startEpmd, startNode } from '../support/beam.ts'
import { freePort } from '../support/ports.ts'
import { lines, shellTerminal } from '../support/shell-terminal.ts'
import { Terminal } from '../support/terminal.ts'

const beam = findBeam()!
const COOKIE = ['--cookie', 'secret']
let epmd: Epmd
let home: Home
let env: Record<string, string>

beforeAll(async () => {
  epmd = await startEpmd(await freePort(), 'moebi')
  home = await beam.home()
  env = { ...epmdEnv(epmd.port) }
})

afterAll(async () => {
  await epmd?.[Symbol.asyncDispose]()
  await home?.[Symbol.asyncDispose]()
})

test('moebi remsh to an Elixir node opens its iex: evaluation, completion and interrupts happen there, and the node continues', async () => {
  await using kate = await startNode(beam, {
    kind: 'elixir',
    name: 'kate@localhost',
    cookie: 'secret',
    epmdPort: epmd.port,
    home,
  })
  await using shell = await shellTerminal({
    env,
    words: ['remsh', 'kate@localhost', ...COOKIE],
    ready: 'iex(kate@localhost)1>',
  })
  await shell.type('x = [1,\n')
  await shell.type('2]\n')
  await shell.waitFor('iex(kate@localhost)2>')
  await shell.type('IO.puts("hi from #{node()}")\n')
  await shell.waitFor(/^hi from kate@localhost$/m)
  await shell.type('IO.gets("name? ")\n')
  await shell.waitFor('name?')
  await shell.type('joe\n')
  await shell.waitFor('"joe\\n"')
  await shell.type('Enum.sum(x) + String.leng')
  await shell.key('Tab')
  await shell.waitFor('String.length')
  await shell.type('("abc")\n')
  await shell.waitFor(/^6$/m)
  await shell.type('IO.puts("waiting"); Process.sleep(:infinity)\n')
  await shell.waitFor(/^waiting/m)
  await shell.key('C-c')
  await shell.waitFor('** (EXIT) interrupted')
  await shell.type('1 + 1\n')
  await shell.waitFor(/^2$/m)
  await shell.key('C-d')
  await shell.waitFor('ended with 0')
  expect(await kate.evaluate('1 + 1')).toBe('2')
  expect(await kate.evaluate('Node.list(:hidden)')).toBe('[]')
})

test('moebi remsh to an Elixir node reads lines from a pipe', async () => {
  await using kate = await startNode(beam, {
    kind: 'elixir',
    name: 'lines@localhost',
    cookie: 'secret',
    epmdPort: epmd.port,
    home,
  })
  const { stdout, code } = await run(['remsh', 'lines@localhost', ...COOKIE], '1 + 1\nnode()\n', env)
  expect(stdout).toContain('2\n')
  expect(stdout).toContain(':lines@localhost\n')
  expect(code).toBe(0)
  expect(kate.name).toBe('lines@localhost')
})

test("moebi remsh to an Erlang node opens Erlang's shell", async () => {
  await using erl = await startNode(beam, {
    kind: 'erl',
    name: 'plain@localhost',
    cookie: 'secret',
    epmdPort: epmd.port,
    home,
  })
  await using shell = await shellTerminal({
    env,
    words: ['remsh', 'plain@localhost', ...COOKIE],
    ready: '(plain@localhost)1>',
  })
  await shell.type('X = 6,\nX * 7.\n')
  await shell.waitFor(/^42$/m)
  await shell.key('C-c')
  await shell.key('C-c')
  await shell.waitFor('ended with 0')
  expect(await erl.evaluate('1 + 1.')).toBe('2')
})

test('iex --remsh to a Moebi node opens the Moebi shell', async () => {
  await using app = await shellTerminal({
    env,
    words: ['shell', '--sname', 'app@localhost', ...COOKIE],
    ready: 'moebi(app@localhost)1>',
  })
  const { argv, probe } = await beam.launch({
    kind: 'iex',
    name: 'bar@localhost',
    cookie: 'secret',
    epmdPort: epmd.port,
    home,
  })
  onTestFinished(() => probe.close())
  await using iex = await Terminal.start([...argv, '--remsh', 'app@localhost'])
  await iex.waitFor('moebi(app@localhost)1>', { timeout: 30_000 })
  await iex.type('const x = {\n')
  await iex.waitFor('...(app@localhost)1>')
  await iex.type('a: 41 }\n')
  await iex.waitFor('moebi(app@localhost)2>')
  await iex.type("IO.puts('hi'); Node.list()\n")
  await iex.waitFor('[:bar@localhost]')
  await iex.type('x.a + 1\nnope\n')
  await iex.waitFor('nope is not defined')
  expect((await lines(iex)).slice(2)).toEqual([
    "moebi(app@localhost)2> IO.puts('hi'); Node.list()",
    'hi',
    '[:bar@localhost]',
    'moebi(app@localhost)3> x.a + 1',
    '42',
    'moebi(app@localhost)4> nope',
    '** (ReferenceError) nope is not defined',
    '    moebi:4: (file)',
    'moebi(app@localhost)4>',
  ])
  await iex.stop()
  await app.type('typeof x\n')
  await app.waitFor('"undefined"')
})
