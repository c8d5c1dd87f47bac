import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { shellTerminal } from '../support/shell-terminal.ts'

// first-minute.txt is the screen of the first session of a new user.
const screen = readFileSync(join(import.meta.dirname, 'first-minute.txt'), 'utf8')

test('the screen of the first session is first-minute.txt', async () => {
  await using terminal = await shellTerminal({ width: 100, height: 70 })
  const steps: [typed: string, then: string | RegExp][] = [
    ['1 + 1\n', 'moebi(2)>'],
    ['h()\n', 'moebi(3)>'],
    ['self()\n', 'moebi(4)>'],
    ['const pid = spawn(async () => {\n', '...(4)>'],
    ["  await receive(on([atom('hi'), _.pid], ([, from]) => send(from, atom('sup?'))))\n", /^\.\.\.\(4\)>$/m],
    ['})\n', 'moebi(5)>'],
    ["send(pid, tuple(atom('hi'), self()))\n", 'moebi(6)>'],
    ['await receive()\n', 'moebi(7)>'],
    ['h(send)\n', 'moebi(8)>'],
    ['nope\n', 'nope is not defined'],
    ['{ text: "a", list: [1, 2.5], nothing: null, atom: ok }\n', 'moebi(9)>'],
    ['const x: = 1\n', 'SyntaxError'],
    ["spawnLink(() => exit(atom('oops'))); await sleep(60_000)\n", /oops\n\nmoebi\(1\)> *$/],
    ['pid\n', /moebi\(2\)> *$/],
  ]
  for (const [typed, then] of steps) {
    await terminal.type(typed)
    await terminal.waitFor(then)
  }
  expect(likeThePicture(await terminal.text())).toBe(screen.trimEnd())
})

function likeThePicture(text: string): string {
  return text
    .replaceAll(/#PID<0\.\d+\.0>/g, '#PID<0.1xx.0>')
    .replace(/Node\.js [\d.]+/, 'Node.js XX')
    .trimEnd()
}
