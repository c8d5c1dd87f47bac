import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { run } from '../../cli/command.ts'
import { type Epmd, epmdEnv, startEpmd } from '../../support/beam.ts'
import { freePort } from '../../support/ports.ts'
import { lines, shellTerminal } from '../../support/shell-terminal.ts'
import { Terminal } from '../../support/terminal.ts'

let epmd: Epmd
let env: Record<string, string>

beforeAll(async () => {
  epmd = await startEpmd(await freePort(), 'moebi')
  env = { ...epmdEnv(epmd.port) }
})

afterAll(() => epmd?.[Symbol.asyncDispose]())

const COOKIE = ['--cookie', 'secret']

function node(name: string): Promise<Terminal> {
  return shellTerminal({
    env,
    words: ['shell', '--sname', `${name}@localhost`, ...COOKIE, '-S', 'examples/chat'],
    ready: `moebi(${name}@localhost)1>`,
  })
}

function remsh(name: string): Promise<Terminal> {
  return shellTerminal({
    env,
    words: ['remsh', `${name}@localhost`, ...COOKIE],
    ready: `moebi(${name}@localhost)1>`,
  })
}

test('a remote shell evaluates on the other node and prints here, and the node continues after its end', async () => {
  await using app = await node('app')
  await using shell = await remsh('app')
  await shell.type(
    "const x: number = 6\nIO.puts('hi'); [Node.self(), x * 7]\nnope()\nfunction twice(n: number) {\n",
  )
  await shell.waitFor('...(app@localhost)3>')
  await shell.type('return 2 * n\n}\ntwice(x)\nv(2)\n')
  await shell.waitFor('moebi(app@localhost)6>')
  expect(await lines(shell)).toEqual([
    'moebi(app@localhost)1> const x: number = 6',
    "moebi(app@localhost)2> IO.puts('hi'); [Node.self(), x * 7]",
    'hi',
    '[:app@localhost, 42]',
    'moebi(app@localhost)3> nope()',
    '** (ReferenceError) nope is not defined',
    '    moebi:3: (file)',
    'moebi(app@localhost)3> function twice(n: number) {',
    '...(app@localhost)3> return 2 * n',
    '...(app@localhost)3> }',
    'moebi(app@localhost)4> twice(x)',
    '12',
    'moebi(app@localhost)5> v(2)',
    '[:app@localhost, 42]',
    'moebi(app@localhost)6>',
  ])
  await shell.type('Chat.sendM')
  await shell.key('Tab')
  await shell.waitFor('Chat.sendMessage')
  await shell.key('C-u')
  await shell.type("IO.puts('waiting'); await receive()\n")
  await shell.waitFor(/^waiting/m)
  await shell.key('C-c')
  await shell.waitFor('shell process exited with reason: :interrupted')
  await shell.type('x + 1\n')
  await shell.waitFor(/^7$/m)
  await shell.key('C-d')
  await shell.waitFor('ended with 0')
  await app.type('[typeof x, typeof globalThis.twice, Process.registered().length > 0]\n')
  await app.waitFor('["undefined", "undefined", true]')
  await app.type("Node.ping('app@lo")
  await app.key('Tab')
  await app.waitFor("Node.ping('app@localhost")
  await app.key('C-u')
  await app.type('processes()\n')
  await app.waitFor(/Name or label[\s\S]*\nmoebi\(app@localhost\)\d+>$/)
  expect((await app.text()).match(/shell evaluator/g)).toHaveLength(1)
})

test('a remote shell draws the trees of the other node and traces its processes, until the shell ends', async () => {
  await using app = await node('seen')
  await using shell = await remsh('seen')
  await shell.type("tree('Chat.Supervisor')\ntop(1)\n")
  await shell.waitFor(/^Chat\.Supervisor {2}#PID<0\.\d+\.0>\n└─ Chat\.TaskSupervisor {2}#PID<0\.\d+\.0>$/m)
  await shell.waitFor(/^PID +Name or label +Status +Messages +Links +Busy ms$/m)
  await app.type("Process.register(spawn(async () => { for (;;) await receive() }), 'dog'); ok\n")
  await app.waitFor(/^:ok$/m)
  await shell.type("trace('dog')\n")
  await shell.waitFor('trace() stops it.')
  await app.type("send('dog', 'sit')\n")
  await shell.waitFor(/^#PID<0\.\d+\.0> received "sit"$/m)
  await shell.type("trace('do")
  await shell.key('Tab')
  await shell.waitFor("trace('dog")
  await shell.key('C-u')
  await shell.key('C-d')
  await shell.waitFor('ended with 0')
  await app.type("trace('dog')\n")
  await app.waitFor('trace() stops it.')
})

test('several remote shells have separate scopes, and System.halt() ends only one of them', async () => {
  await using app = await node('busy')
  await using first = await remsh('busy')
  await using second = await remsh('busy')
  await first.type("const mine = 1; console.log('said on the node')\n")
  await first.waitFor('moebi(busy@localhost)2>')
  await app.waitFor(/^said on the node/m)
  await second.type('mine\n')
  await second.waitFor('mine is not defined')
  await first.type('System.halt()\n')
  await first.waitFor('ended with 0')
  await second.type('Node.self()\n')
  await second.waitFor(':busy@localhost')
})

test('the end of the node is reported, and the terminal is restored', async () => {
  const app = await node('brief')
  await using shell = await remsh('brief')
  await app.key('C-d')
  await app.waitFor('ended with 0')
  await app.stop()
  await shell.waitFor('moebi: the connection to brief@localhost was lost.')
  await shell.waitFor('ended with 1')
})

test('a program serves remote shells only with the option remoteShell', async () => {
  const folder = await mkdtemp(join(process.cwd(), 'test', 'remsh-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const program = (name: string, option: string) =>
    writeFile(
      join(folder, `${name}.mjs`),
      [
        "import { Node } from 'moebi'",
        "import { remoteShell } from 'moebi/shell'",
        `await Node.start({ name: '${name}@localhost', cookie: 'secret'${option} })`,
        'globalThis.secret = 42',
        'setInterval(() => {}, 1_000)',
        "console.log('up')",
      ].join('\n'),
    )
  await program('shut', '')
  await program('open', ', remoteShell')
  await using shut = await started(join(folder, 'shut.mjs'))
  await using open = await started(join(folder, 'open.mjs'))
  await shut.waitFor('up')
  await open.waitFor('up')
  const refused = await run(['remsh', 'shut@localhost', ...COOKIE], '1 + 1\n', env)
  expect(refused.stderr).toBe(
    'moebi: shut@localhost does not serve shells to other nodes. Nodes of moebi shell do, and programs that call ' +
      'Node.start({ …, remoteShell }).\n',
  )
  expect(refused.code).toBe(1)
  const answered = await run(
    ['remsh', 'open@localhost', ...COOKIE],
    'const x = secret\nx + 1\ntypeof self\n',
    env,
  )
  expect(answered.stdout).toMatch(/\n43\n"function"\n$/)
  expect(answered.code).toBe(0)
  await using again = await remsh('open')
  await again.type('typeof globalThis.self\n')
  await again.waitFor('"undefined"')
})

test('a node that cannot be reached is an error with a sentence', async () => {
  const { stderr, code } = await run(['remsh', 'nobody@localhost', ...COOKIE], '', env)
  expect(stderr).toMatch(/^moebi: nobody@localhost cannot be reached\. .*\n$/)
  expect(code).toBe(1)
})

function started(file: string): Promise<Terminal> {
  return Terminal.start([process.execPath, file], { env: { ...env, HOME: tmpdir() } })
}
