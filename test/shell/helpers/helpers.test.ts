import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { run } from '../../cli/command.ts'

const shell = (...inputs: string[]) => run(['shell'], `${inputs.join('\n')}\n`)

test('h() prints signatures, documentation and members', async () => {
  const { stdout } = await shell('h(GenServer.call)', 'h(Task.Supervisor.async)', 'h(Node)', 'h(new Date(0))')
  expect(stdout).toContain(
    'GenServer.call<R>(dest: Server, request: Call<R>, options?: CallOptions | Timeout): Promise<R>',
  )
  expect(stdout).toContain('Sends a request to a server on any node and returns its answer.')
  expect(stdout).toMatch(/^ {2}Task\.Supervisor\.async: /m)
  expect(stdout).toMatch(/const Node: start, self, alive, list/)
  expect(stdout).toContain('There is no documentation for 1970-01-01')
})

test('i() prints the type of a value', async () => {
  const { stdout } = await shell('i(self())', "i(atom('user'))", "i('é')", 'i(new Date(0))', 'i(tuple(1, 2))')
  expect(stdout).toMatch(
    /Data type\n {2}PID\nAlive\n {2}true\nName\n {2}not registered\nLabel\n {2}shell evaluator/,
  )
  expect(stdout).toMatch(/Data type\n {2}Atom\nRegistered for\n {2}#PID/)
  expect(stdout).toContain('Bytes\n  2\nCharacters\n  1\n')
  expect(stdout).toContain('a Date is not a term, and cannot be sent to another node')
  expect(stdout).toContain('Tuple\nSize\n  2\n')
})

test('processes() lists the processes, exports() the functions of a module', async () => {
  const { stdout } = await shell(
    "Process.register(spawn(() => sleep(60_000)), 'sleeper'); ok",
    'processes()',
    "defmodule('Kate', { sayName() {}, age: () => 1 })",
    'exports(Kate)',
    "exports('Kate')",
    "exports('Nobody')",
  )
  expect(stdout).toMatch(/^PID +Name or label +Status +Messages +Links$/m)
  expect(stdout).toMatch(/^#PID<0\.\d+\.0> +:sleeper +running +0 +0$/m)
  expect(stdout).toContain('age/0                 sayName/0 (say_name)\n')
  expect(stdout).toContain('age/0       say_name/0\n')
  expect(stdout).toContain('Nobody is not a module of this node.')
})

test('top() sorts the processes, and names its sort keys', async () => {
  const { stdout } = await shell(
    "const idle = spawn(() => sleep(60_000)); Process.register(idle, 'idle'); ok",
    "const full = spawn(() => sleep(60_000)); Process.register(full, 'full'); ok",
    'for (let n = 0; n < 3; n++) send(full, n)',
    'top(1)',
    "top(2, 'links')",
    "top(2, 'size')",
    'top(0)',
    'h(top)',
  )
  expect(stdout).toMatch(
    /^PID +Name or label +Status +Messages +Links +Busy ms\n#PID<0\.\d+\.0> +:full +running +3 +0 +\S+\nPID/m,
  )
  expect(stdout).toContain(
    "(TypeError) top(rows, by) sorts by one of 'messages', 'busy', 'links', got \"size\"",
  )
  expect(stdout).toContain('(TypeError) top(rows, by) takes a number of rows from 1, got 0')
  expect(stdout).toContain('top(10) prints the processes with the longest mailboxes')
})

test("top(n, 'busy') shows the callback that has not returned", async () => {
  const { stdout } = await shell(
    'const Slow = GenServer.define({ init: () => 0, handleCast: async (_message, state) => { await sleep(60_000); return noreply(state) } })',
    "await Slow.startLink(0, { name: 'Slow' }); ok",
    "GenServer.cast('Slow', 1 as never); await sleep(20)",
    "top(1, 'busy')",
  )
  expect(stdout).toMatch(/Busy ms\n#PID<0\.\d+\.0> +Slow +running +0 +1 +\d+$/m)
})

test('tree() draws every tree, also with a process that has many children', async () => {
  const { stdout } = await shell(
    'tree()',
    'const Empty = GenServer.define({ init: () => 0 })',
    'const child = (id: string) => ({ id, start: () => Empty.startLink(0, { name: id }) })',
    "const shop = { id: 'shop', start: () => Supervisor.startLink([child('A'), child('B')], { strategy: 'one_for_one', name: 'Shop' }) }",
    "const top1 = await Supervisor.startLink([shop, child('C')], { strategy: 'one_for_one', name: 'Top' }); ok",
    'tree()',
    "tree('A')",
    "const many = Array.from({ length: 105 }, (_, n) => child('m' + n))",
    "await Supervisor.startLink(many, { strategy: 'one_for_one', name: 'Many' }); ok",
    "tree('Many')",
  )
  const text = stdout.replaceAll(/#PID<0\.\d+\.0>/g, '#PID<…>')
  expect(text).toContain('No process of this node has started another one.\n')
  expect(text).toContain(
    [
      'shell evaluator  #PID<…>',
      '└─ Top  #PID<…>',
      '   ├─ Shop  #PID<…>',
      '   │  ├─ A  #PID<…>',
      '   │  └─ B  #PID<…>',
      '   └─ C  #PID<…>',
      'A  #PID<…>',
      ':ok',
    ].join('\n'),
  )
  expect(text).toContain('├─ :m99  #PID<…>\n└─ … and 5 more\n')
})

test('queue() prints the first messages of a mailbox, which remain there', async () => {
  const { stdout } = await shell(
    'queue(self())',
    'for (let n = 1; n <= 12; n++) send(self(), tuple(atom("n"), n))',
    'queue(self(), 2)',
    'queue(self())',
    'flush()',
    "queue('Nobody')",
    'queue(42)',
    'queue(self(), -1)',
    'const ended = spawn(() => {}); await sleep(10)',
    'queue(ended)',
  )
  expect(stdout).toContain('The mailbox is empty.\n')
  expect(stdout).toContain('{:n, 1}\n{:n, 2}\n… and 10 more\n{:n, 1}\n')
  expect(stdout).toContain('{:n, 10}\n… and 2 more\n{:n, 1}\n')
  expect(stdout).toContain('{:n, 12}\n:ok\n')
  expect(stdout).toContain(
    '(Error) No process of this node is registered as Nobody. processes() lists the processes.',
  )
  expect(stdout).toContain('(TypeError) expected a pid or a registered name, got 42')
  expect(stdout).toContain('(TypeError) queue(pid, count) takes a number of messages from 1, got -1')
  expect(stdout).toMatch(/\(Error\) #PID<0\.\d+\.0> has ended\. processes\(\) lists the processes\./)
})

test('links() prints the links and the monitors of a process', async () => {
  const { stdout } = await shell(
    "const other = spawnLink(() => sleep(60_000)); Process.register(other, 'other'); ok",
    'monitor(other); ok',
    'links(self())',
    "links('other')",
  )
  const text = stdout.replaceAll(/#PID<0\.\d+\.0>/g, '#PID<…>')
  expect(text).toContain(
    'Links\n  #PID<…>  :other\nMonitors\n  #PID<…>  :other\nMonitored by\n  #PID<…>  shell\n',
  )
  expect(text).toContain(
    'Links\n  #PID<…>  shell evaluator\nMonitors\n  none\nMonitored by\n  #PID<…>  shell evaluator\n',
  )
})

test('trace() prints the messages that a process receives, until it is stopped', async () => {
  const { stdout } = await shell(
    'trace()',
    "const dog = spawn(async () => { for (;;) await receive() }); Process.register(dog, 'dog'); ok",
    "trace('dog'); ok",
    "send('dog', tuple(1, 'sit')); ok",
    'trace(dog)',
    'trace()',
    "send('dog', 'unseen')",
    'trace(dog, 2)',
    "send(dog, 'one'); send(dog, 'two'); send(dog, 'three'); ok",
    'trace(dog, 0)',
    'trace(dog)',
    "Process.exit(dog, 'kill'); await sleep(10)",
  )
  const text = stdout.replaceAll(/#PID<0\.\d+\.0>/g, '#PID<…>')
  const lines = text.split('\n').filter((line) => /trace|received/.test(line))
  expect(lines).toEqual([
    'This shell traces no process.',
    'At most 100 messages to #PID<…> will be printed, for 60 s. trace() stops it.',
    '#PID<…> received {1, "sit"}',
    '** (Error) #PID<…> is traced already. trace() stops the traces of this shell.',
    'The trace of #PID<…> has ended: trace() was called.',
    'At most 2 messages to #PID<…> will be printed, for 60 s. trace() stops it.',
    '#PID<…> received "one"',
    '#PID<…> received "two"',
    'The trace of #PID<…> has ended: it has printed 2 messages.',
    '** (TypeError) trace(pid, count) takes a number of messages from 1, got 0',
    'At most 100 messages to #PID<…> will be printed, for 60 s. trace() stops it.',
    'The trace of #PID<…> has ended: the process has ended.',
  ])
})

test('long values are cut as Elixir cuts them', async () => {
  const { stdout } = await shell(
    'Array.from({ length: 200 }, (_, i) => 1000 + i)',
    "'x'.repeat(10_000).length",
  )
  expect(stdout).toContain('1049, ...]\n')
  expect(stdout).not.toContain('1050')
})

test('r() reloads the changed modules of a project, and h() reads the comments of its files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'moebi-project-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'node_modules'))
  await symlink(process.cwd(), join(folder, 'node_modules', 'moebi'))
  await writeFile(join(folder, 'words.ts'), "export const word: string = 'one'\n")
  await writeFile(
    join(folder, 'dog.ts'),
    [
      "import { word } from './words.ts'",
      '',
      '/**',
      ' * Says the word of the day.',
      ' *',
      ' * @param loud whether to shout',
      ' */',
      'export function say(loud: boolean = false): string {',
      '  return loud ? word.toUpperCase() : word',
      '}',
      '',
      'export function fail(): never {',
      "  throw new RangeError('too far')",
      '}',
      '',
    ].join('\n'),
  )
  await writeFile(
    join(folder, 'application.ts'),
    [
      "import { Application } from 'moebi'",
      "import * as Dog from './dog.ts'",
      "export default Application.define({ name: 'dogs', modules: { Dog } })",
      '',
    ].join('\n'),
  )
  const { stdout } = await run(
    ['shell', '-S', folder],
    [
      'Dog.say()',
      'h(Dog.say)',
      'Dog.fail()',
      'r()',
      `(await import('node:fs')).writeFileSync('${join(folder, 'words.ts')}', "export const word = 'two'\\n")`,
      'const before = Dog',
      'r()',
      '[before.say(), Dog.say()]',
      'r()',
      'r(Dog)',
      "r('Cat')",
    ].join('\n'),
  )
  expect(stdout).toBe(
    [
      '"one"',
      '',
      '  function say(loud: boolean = false): string',
      '',
      'Says the word of the day.',
      '',
      '@param loud whether to shout',
      '',
      '** (RangeError) too far',
      '    dog.ts:13: Dog.fail/0',
      '    moebi:3: (file)',
      '{:reloaded, []}',
      'nil',
      '{:reloaded, [Dog]}',
      '["one", "two"]',
      '{:reloaded, []}',
      '{:reloaded, [Dog]}',
      '** (Error) Cat is not a module of the application dogs, which has: Dog.',
      '    moebi:10: (file)',
      '',
    ].join('\n'),
  )
})

test('a TypeScript file can be imported at the prompt', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'moebi-import-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'dog.ts'), "export const name: string = 'Moebi'\n")
  const { stdout, stderr } = await shell(`import { name } from '${join(folder, 'dog.ts')}'`, 'name')
  expect(stdout).toBe('"Moebi"\n')
  expect(stderr).toBe('')
})
