import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fileCookie } from '../../src/node/index.ts'
import { History } from '../../src/shell/terminal/history.ts'

/** Makes a folder on a disk that is full. Returns undefined where this program may not mount one. */
function fullDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'moebi-full-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'none', folder], { stdio: 'ignore' })
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
  writeFileSync(join(folder, 'everything'), Buffer.alloc(4_096))
  return folder
}

test('a cookie file that cannot be made on a full disk is an error with advice, and leaves no half of a file', ({
  skip,
}) => {
  const home = fullDisk()
  if (home === undefined) return skip('only root may mount a file system')
  try {
    expect(() => fileCookie(home, {})).toThrow(/could not be made: ENOSPC.*give the cookie with --cookie/s)
    expect(readdirSync(home)).toEqual(['everything'])
  } finally {
    execFileSync('umount', [home])
    rmSync(home, { recursive: true })
  }
})

test('the history of a shell on a full disk is kept in memory', ({ skip }) => {
  const folder = fullDisk()
  if (folder === undefined) return skip('only root may mount a file system')
  try {
    const history = new History(join(folder, 'moebi', 'history'))
    history.add('1 + 1')
    expect(history.entries).toEqual(['1 + 1'])
  } finally {
    execFileSync('umount', [folder])
    rmSync(folder, { recursive: true })
  }
})
