import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { run } from './command.ts'

const shell = (...lines: string[]) => run(['shell'], `${lines.join('\n')}\n`)

const shared: string[][] = []
let output: Promise<string[]> | undefined

/** Lets one shell evaluate these lines after those of other tests. Returns a function that resolves with what they have printed. */
function inSharedShell(...lines: string[]): () => Promise<string> {
  const index = shared.push(lines) - 1
  return async () => {
    output ??= shell(...shared.flatMap((lines) => [...lines, "'next test'"])).then(({ stdout }) =>
      stdout.split('"next test"\n'),
    )
    return (await output)[index]!
  }
}

test('a shell evaluates the lines of a pipe without prompts or an echo, and ends with them', async () => {
  const { stdout, stderr, code } = await shell('1 + 1', 'const x: number = 5', 'x', '{ a: 1 }', "atom('hi')")
  expect(stdout).toBe('2\n5\n%{a: 1}\n:hi\n')
  expect(stderr).toBe('')
  expect(code).toBe(0)
})

const declaredAgain = inSharedShell(
  'const x = 1',
  'const x = 2',
  'class Stack<T> { items: T[] = [] }',
  'class Stack<T> { size = 3 }',
  'x + new Stack<number>().size',
  "defmodule('Kate', { age: () => 1 })",
  "defmodule('Kate', { age: () => 2 })",
  'Kate.age()',
)

test('const, class, function and module may be declared again', async () => {
  const stdout = await declaredAgain()
  expect(stdout).toBe('5\n{:module, Kate}\n{:module, Kate}\n2\n')
})

const undefinedValue = inSharedShell('undefined', 'sleep(1)', 'Promise.resolve(7)', 'let y', 'if (false) 1')

test('an undefined value is shown as nil, a promise is awaited, and a declaration shows nothing', async () => {
  const stdout = await undefinedValue()
  expect(stdout).toBe('nil\nnil\n7\n')
})

test('self() stays the same across awaits and errors, and flush() prints the received messages', async () => {
  const { stdout } = await shell(
    'const me = self()',
    'await sleep(5); self() === me',
    'nope()',
    'self() === me',
    "send(self(), tuple(atom('sup?'), 1))",
    'flush()',
    'flush()',
  )
  expect(stdout).toBe(
    'true\n** (ReferenceError) nope is not defined\n    moebi:3: (file)\ntrue\n{:sup?, 1}\n{:sup?, 1}\n:ok\n:ok\n',
  )
})

const severalLines = inSharedShell(
  "import { basename as base } from 'node:path'",
  'function twice(x: number): number {',
  '  return 2 * x',
  '}',
  'twice(21)',
  'v() + v(-1)',
  "base('/a/b')",
  "(await import('node:os')).EOL",
  'interface Named {',
  '  name: string',
  '}',
  "const kate: Named = { name: 'Kate' }",
  'kate',
)

test('functions over several lines, imports and v() are evaluated', async () => {
  const stdout = await severalLines()
  expect(stdout).toBe('42\n84\n"b"\n"\\n"\n%{name: "Kate"}\n')
})

const thrownValue = inSharedShell(
  "throw new TypeError('bad')",
  'throw 1',
  "exit(tuple(atom('a'), 1))",
  'const x: = 1',
  'enum Color { Red }',
  'Color[1].length',
)

test('a thrown value is printed as a sentence', async () => {
  const stdout = await thrownValue()
  expect(stdout.split('\n').filter((line) => line.startsWith('**'))).toEqual([
    '** (TypeError) bad',
    '** (throw) 1',
    '** (exit) {:a, 1}',
    expect.stringMatching(/^\*\* \(SyntaxError\) Unexpected token `=`/),
    expect.stringMatching(/^\*\* \(TypeError\) Cannot read properties of undefined/),
  ])
})

const evaluatorEnded = inSharedShell(
  'const kept = 7; const before = self()',
  "spawnLink(() => exit(atom('boom'))); await sleep(10_000)",
  'self() === before',
  'kept',
)

test('after a signal has ended the evaluator, another one starts, and the declarations remain', async () => {
  const stdout = await evaluatorEnded()
  expect(stdout).toMatch(
    /^\*\* \(EXIT from #PID<0\.\d+\.0>\) shell process exited with reason: :boom\n\nfalse\n7\n$/,
  )
})

test('an unhandled rejection ends the process that it belongs to, not the shell', async () => {
  const { stdout, code } = await shell(
    "const { pid } = spawnMonitor(async () => { void Promise.reject(new Error('floating')); await sleep(5_000) })",
    'const [down] = await receive(on([atom("DOWN"), _, _, _, _], (message) => message))',
    'down',
    '1 + 1',
  )
  expect(stdout).toContain(':DOWN\n2\n')
  expect(code).toBe(0)
})

const gets = inSharedShell("await IO.gets('name? ')", 'joe', '1')

test('IO.gets reads the next line of the pipe', async () => {
  const stdout = await gets()
  expect(stdout).toBe('name? "joe\\n"\n1\n')
})

const outputFirst = inSharedShell("for (let i = 0; i < 3; i++) IO.puts(i); 'done'")

test('the output of an input is printed before its value', async () => {
  const stdout = await outputFirst()
  expect(stdout).toBe('0\n1\n2\n"done"\n')
})

// V8 holds no reference to the promise of the code that it evaluates; Node.js 22 ends with a fatal error when it is collected.
test('a garbage collection before a value is shown, or while an input waits forever, does no harm', async () => {
  const { stdout, stderr } = await shell(
    "process.getBuiltinModule('v8').setFlagsFromString('--expose-gc')",
    "const gc = process.getBuiltinModule('vm').runInNewContext('gc'), me = self()",
    "queueMicrotask(gc); 'shown'",
    "spawn(() => Process.exit(me, atom('stop'))); await new Promise(() => {})",
    "gc(); await sleep(1); gc(); 'alive'",
  )
  expect(stdout).toMatch(/^nil\n"shown"\n\*\* \(EXIT from #PID<0\.\d+\.0>\) shell .*: :stop\n\n"alive"\n$/)
  expect(stderr).toBe('')
})

test('System.halt ends the shell with an exit code', async () => {
  expect((await shell('System.halt(3)', '1')).code).toBe(3)
})

test('-e is evaluated before the input, and the shell ends with 1 where it throws', async () => {
  expect(await run(['shell', '-e', "IO.puts('first')", '-e', 'const x = 1'], 'x\n')).toEqual({
    stdout: 'first\n1\n',
    stderr: '',
    code: 0,
  })
  const failed = await run(['shell', '-e', "throw new Error('no')"], '1\n')
  expect(failed.stdout).toContain('** (Error) no')
  expect(failed.code).toBe(1)
})

test('a pipe in which an input has thrown is read to its end, and the shell ends with 1', async () => {
  const { stdout, code } = await shell("throw new Error('no')", '1 + 1')
  expect(stdout).toBe('** (Error) no\n    moebi:1: (file)\n2\n')
  expect(code).toBe(1)
})

test('there are no colours in a pipe unless they are forced', async () => {
  const ask = (env: Record<string, string>) => run(['shell'], "[atom('a'), 1]\nnope\n", env)
  expect((await ask({})).stdout).not.toContain('\x1b')
  const { stdout } = await ask({ FORCE_COLOR: '1' })
  expect(stdout).toContain('\x1b[36m:a\x1b[39m')
  expect(stdout).toContain('\x1b[31m** (ReferenceError) nope is not defined\x1b[39m')
})

test('a file is evaluated before the input', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'moebi-shell-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'script.ts'), 'const greeting: string = "hi"\nIO.puts(greeting)\n')
  expect((await run(['shell', join(folder, 'script.ts')], 'greeting\n')).stdout).toBe('hi\n"hi"\n')
})

test('an input that ends too early is an error', async () => {
  const { stdout, code } = await shell('const a = (')
  expect(stdout).toBe('** (SyntaxError) the input ended too early\n')
  expect(code).toBe(1)
})

test('an error is a sentence on standard error, with exit code 1', async () => {
  const missing = await run(['shell', '/no/such/file.ts'])
  expect(missing.stderr).toMatch(/^moebi: \/no\/such\/file\.ts could not be read: .*\n$/)
  expect(missing.code).toBe(1)
  const unknown = await run(['nonsense'])
  expect(unknown.stderr).toContain("unknown command 'nonsense'")
  expect(unknown.code).toBe(1)
})

test.runIf(process.platform === 'linux')('the command line of a shell does not show its cookie', async () => {
  const code = "(await import('node:fs')).readFileSync('/proc/self/cmdline', 'latin1').replaceAll('\\0', '')"
  const { stdout } = await run(['shell', '--cookie', 'KXYZABCDEF', '-e', `console.log(${code})`], '')
  expect(stdout).toContain('moebi shell --cookie ***')
  expect(stdout).not.toContain('KXYZABCDEF')
})
