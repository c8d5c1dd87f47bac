import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { History, historyFile } from '../../../src/shell/terminal/history.ts'

async function place(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'moebi-history-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'state', 'history')
}

test('the environment determines the history file', () => {
  expect(historyFile({ HOME: '/home/kate' }, 'linux')).toBe('/home/kate/.local/state/moebi/history')
  expect(historyFile({ HOME: '/home/kate', XDG_STATE_HOME: '/state' }, 'linux')).toBe('/state/moebi/history')
  expect(historyFile({ HOME: '/home/kate', MOEBI_HISTORY: '/tmp/mine' }, 'linux')).toBe('/tmp/mine')
  expect(historyFile({ HOME: '/home/kate', MOEBI_HISTORY: 'off' }, 'linux')).toBeUndefined()
  expect(historyFile({}, 'linux')).toBeUndefined()
})

test('two shells that write at the same time lose no inputs', async () => {
  const file = await place()
  const [first, second] = [new History(file), new History(file)]
  for (let index = 0; index < 50; index++) {
    first.add(`first ${index}`)
    second.add(`second\n${index}`)
  }
  const { entries } = new History(file)
  expect(entries).toHaveLength(100)
  expect(entries.filter((entry) => entry.startsWith('second\n'))).toHaveLength(50)
})

test('a full file is renamed, and both files are read', async () => {
  const file = await place()
  const history = new History(file)
  const long = 'x'.repeat(10_000)
  for (let index = 0; index < 60; index++) history.add(`${index} ${long}`)
  expect((await stat(`${file}.1`)).size).toBeGreaterThan(256 * 1024)
  expect((await stat(file)).size).toBeLessThan(512 * 1024)
  expect(new History(file).entries.at(-1)).toBe(`59 ${long}`)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('invalid lines, a file that cannot be written and inputs that are not kept are ignored', async () => {
  const file = await place()
  const history = new History(file)
  for (const input of ['one', 'one', ' secret', '', 'y'.repeat(30_000), 'two']) history.add(input)
  expect(history.entries).toEqual(['one', 'two'])
  await writeFile(file, `${await readFile(file, 'utf8')}{ broken\n12\n"three"\n`)
  expect(new History(file).entries).toEqual(['one', 'two', 'three'])
  const nowhere = new History('/dev/null/history')
  nowhere.add('kept in mind')
  expect(nowhere.entries).toEqual(['kept in mind'])
})
