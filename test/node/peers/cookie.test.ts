import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Cookies, fileCookie } from '../../../src/node/peers/cookie.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'moebi-cookie-'))
})

afterEach(() => rmSync(home, { recursive: true }))

test('without a cookie file one with 256 bits is created, readable by the owner only, and used again', () => {
  const cookie = fileCookie(home, {})
  expect(cookie).toMatch(/^[0-9a-f]{64}$/)
  expect(statSync(join(home, '.erlang.cookie')).mode & 0o777).toBe(0o600)
  expect(fileCookie(home, {})).toBe(cookie)
})

test("Erlang's cookie is taken as it is, without the end of its line", () => {
  writeFileSync(join(home, '.erlang.cookie'), 'KXYZABC\n', { mode: 0o400 })
  expect(fileCookie(home, {})).toBe('KXYZABC')
})

test('a cookie under XDG_CONFIG_HOME is used when the home folder has none', () => {
  mkdirSync(join(home, 'config', 'erlang'), { recursive: true })
  writeFileSync(join(home, 'config', 'erlang', '.erlang.cookie'), 'fromconfig', { mode: 0o600 })
  expect(fileCookie(home, { XDG_CONFIG_HOME: join(home, 'config') })).toBe('fromconfig')
})

test('a cookie file that others may read is refused, with the command that repairs it', () => {
  const file = join(home, '.erlang.cookie')
  writeFileSync(file, 'secret')
  chmodSync(file, 0o644)
  expect(() => fileCookie(home, {})).toThrow(`chmod 600 ${file}`)
  expect(() => fileCookie(home, {})).not.toThrow('secret')
  expect(readFileSync(file, 'utf8')).toBe('secret')
})

test('an empty cookie file is refused', () => {
  writeFileSync(join(home, '.erlang.cookie'), '\n', { mode: 0o600 })
  expect(() => fileCookie(home, {})).toThrow('is empty')
})

test('a node may have another cookie for one peer', () => {
  const cookies = new Cookies('all')
  cookies.set('special', 'kate@localhost')
  expect(cookies.for('kate@localhost')).toBe('special')
  expect(cookies.for('moebi@localhost')).toBe('all')
})

test('an invalid cookie is refused, and is not part of the message', () => {
  expect(() => new Cookies('')).toThrow('empty')
  expect(() => new Cookies('geheim\u0000')).toThrow('printable ASCII')
  expect(() => new Cookies('geheim\u0000')).not.toThrow('geheim')
})

test('a node that other machines can reach has no well-known cookie, and the message does not show it', () => {
  for (const cookie of [
    'monster',
    'secret',
    'cookie',
    'Secretcookie',
    'my_app_cookie',
    'couchdb',
    '12345',
    'changeme',
  ]) {
    expect(() => new Cookies(cookie, { reachable: true })).toThrow('well-known')
    expect(() => new Cookies(cookie, { reachable: true })).not.toThrow(`"${cookie}"`)
    expect(new Cookies(cookie).for('kate@localhost')).toBe(cookie)
  }
  const cookies = new Cookies('KXYZABCDEFGHIJKLMNOP', { reachable: true })
  expect(() => cookies.set('monster')).toThrow('well-known')
  expect(() => cookies.set('monster', 'kate@elsewhere')).toThrow('well-known')
  expect(cookies.for('kate@elsewhere')).toBe('KXYZABCDEFGHIJKLMNOP')
})
