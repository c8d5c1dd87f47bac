import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { moebi } from '../support/beam.ts'
import { Terminal } from '../support/terminal.ts'

/** Starts a shell in a terminal, which prints the shell's exit code at the end. */
function shell(size: { width?: number; height?: number } = {}): Promise<Terminal> {
  const command = moebi(['shell'], {}).map((word) => `'${word}'`)
  return Terminal.start(['/bin/sh', '-c', `${command.join(' ')}; echo "ended with $?"`], size)
}

/** Returns the lines of the terminal from the first prompt on, without blank lines. */
async function lines(terminal: Terminal): Promise<string[]> {
  const all = (await terminal.text()).split('\n').filter((line) => line !== '')
  return all.slice(all.findIndex((line) => line.startsWith('moebi(1)>')))
}

/** A line that makes the shell run these expressions by itself, from a timer, one after another when the test says so. */
async function later(...expressions: string[]): Promise<{ line: string; next: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'moebi-later-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const exists = `process.getBuiltinModule('fs').existsSync('${folder}/' + n)`
  const each = expressions.map((expression) => `() => ${expression}`).join(', ')
  let n = 0
  return {
    line: `let n = 0; setInterval(() => { if (${exists}) [${each}][n++]() }, 5); ok\n`,
    next: () => writeFile(join(folder, `${n++}`), ''),
  }
}

test('a shell prints a prompt with a number, and values in the syntax of Elixir', async () => {
  await using terminal = await shell()
  await terminal.waitFor('moebi(1)>')
  await terminal.type("tuple(atom('hi'), self())\n")
  await terminal.waitFor('moebi(2)>')
  await terminal.type('const x: number = 5\n')
  await terminal.waitFor('moebi(3)>')
  await terminal.type('nope\n')
  await terminal.waitFor(/ReferenceError[\s\S]*\nmoebi\(3\)>$/)
  expect(await lines(terminal)).toEqual([
    "moebi(1)> tuple(atom('hi'), self())",
    expect.stringMatching(/^\{:hi, #PID<0\.\d+\.0>\}$/),
    'moebi(2)> const x: number = 5',
    'moebi(3)> nope',
    '** (ReferenceError) nope is not defined',
    '    moebi:3: (file)',
    'moebi(3)>',
  ])
})

test('an incomplete input continues in the next line', async () => {
  await using terminal = await shell()
  await terminal.waitFor('moebi(1)>')
  await terminal.type('function twice(x: number) {\n')
  await terminal.waitFor('...(1)>')
  await terminal.type('  return 2 * x\n}\ntwice(21)\n')
  await terminal.waitFor('moebi(3)>')
  expect(await lines(terminal)).toEqual([
    'moebi(1)> function twice(x: number) {',
    '...(1)>   return 2 * x',
    '...(1)> }',
    'moebi(2)> twice(21)',
    '42',
    'moebi(3)>',
  ])
})

test('lines that are pasted while the shell is busy appear after their prompts', async () => {
  await using terminal = await shell()
  await terminal.waitFor('moebi(1)>')
  await terminal.type('await sleep(300)\n1 + 1\n2 + 2\n')
  await terminal.waitFor('moebi(4)>')
  expect(await lines(terminal)).toEqual([
    'moebi(1)> await sleep(300)',
    'nil',
    'moebi(2)> 1 + 1',
    '2',
    'moebi(3)> 2 + 2',
    '4',
    'moebi(4)>',
  ])
})

test('output is printed above the line that is being typed, which remains', async () => {
  await using terminal = await shell({ width: 400 })
  await terminal.waitFor('moebi(1)>')
  const { line, next } = await later("IO.puts('from a timer')", "console.log('logged')")
  await terminal.type(line)
  await terminal.waitFor('moebi(2)>')
  await terminal.type('1 + 2')
  await terminal.waitFor('moebi(2)> 1 + 2')
  await next()
  await terminal.waitFor(/^from a timer/m)
  await next()
  await terminal.waitFor(/^logged/m)
  await terminal.type('0\n')
  await terminal.waitFor('moebi(3)>')
  expect((await lines(terminal)).slice(1)).toEqual([
    ':ok',
    'from a timer',
    'logged',
    'moebi(2)> 1 + 20',
    '21',
    'moebi(3)>',
  ])
})

test('a line that is longer than the terminal is wide remains after output', async () => {
  await using terminal = await shell({ width: 40, height: 20 })
  await terminal.waitFor('moebi(1)>')
  const { line, next } = await later("IO.puts('above')")
  await terminal.type(line)
  await terminal.waitFor('moebi(2)>')
  const long = `'${'abc'.repeat(25)}'.length`
  await terminal.type(long)
  await terminal.waitFor("'.length")
  await next()
  await terminal.waitFor(/^above/m)
  await terminal.type('\n')
  await terminal.waitFor('moebi(3)>')
  const shown = await terminal.text()
  expect(shown).toMatch(/above\nmoebi\(2\)>/)
  expect(shown.replaceAll('\n', '')).toContain(`moebi(2)> ${long}75moebi(3)>`)
})

test('the exit of the evaluator is printed, another one starts, and the declarations remain', async () => {
  await using terminal = await shell()
  await terminal.waitFor('moebi(1)>')
  await terminal.type('const kept = 7\n')
  await terminal.waitFor('moebi(2)>')
  await terminal.type("spawnLink(async () => { await sleep(200); exit('boom') })\n")
  await terminal.waitFor('shell process exited with reason')
  await terminal.type('kept\n')
  const shown = await terminal.waitFor(/moebi\(1\)> kept\n7\nmoebi\(2\)>/)
  expect(shown).toMatch(/\*\* \(EXIT from #PID<0\.\d+\.0>\) shell process exited with reason: "boom"/)
})

test('IO.gets reads from the terminal', async () => {
  await using terminal = await shell()
  await terminal.waitFor('moebi(1)>')
  await terminal.type("await IO.gets('name? ')\n")
  await terminal.waitFor('name?')
  await terminal.type('joe\n')
  await terminal.waitFor('moebi(2)>')
  expect((await lines(terminal)).slice(1)).toEqual(['name? joe', '"joe\\n"', 'moebi(2)>'])
})

test('Ctrl-C interrupts an evaluation; twice it ends the shell', async () => {
  await using terminal = await shell()
  await terminal.waitFor('moebi(1)>')
  await terminal.type("IO.puts('waiting'); await receive()\n")
  await terminal.waitFor(/^waiting/m)
  await terminal.key('C-c')
  await terminal.waitFor('shell process exited with reason')
  await terminal.key('C-c')
  await terminal.waitFor('ended with 0')
})

test('two Ctrl-C in one chunk of input end the shell', async () => {
  await using terminal = await shell()
  await terminal.waitFor('moebi(1)>')
  await terminal.key('C-c', 'C-c')
  await terminal.waitFor('ended with 0')
})

test('Ctrl-D at an empty line ends the shell', async () => {
  await using terminal = await shell()
  await terminal.waitFor('moebi(1)>')
  await terminal.type('1')
  await terminal.key('C-d')
  await terminal.key('BSpace')
  await terminal.key('C-d')
  await terminal.waitFor('ended with 0')
})

test('System.halt ends the shell with an exit code', async () => {
  await using terminal = await shell()
  await terminal.waitFor('moebi(1)>')
  await terminal.type('System.halt(3)\n')
  await terminal.waitFor('ended with 3')
})
