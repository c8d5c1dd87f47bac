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
