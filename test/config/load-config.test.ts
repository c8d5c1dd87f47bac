import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { checkApplications, loadConfig } from '../../src/config/index.ts'
import { configure } from '../../src/gen/index.ts'
import { Application } from '../../src/index.ts'

const { env } = process
const before = env.MOEBI_ENV
afterEach(() => {
  configure({})
  if (before === undefined) delete env.MOEBI_ENV
  else env.MOEBI_ENV = before
})

/** Creates a project with these configuration files, and returns its folder. */
async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'moebi-config-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    const file = join(root, 'config', name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  return root
}

/** Loads a configuration, which fails, and returns the message without the path of the folder. */
async function failure(files: Readonly<Record<string, string>>, environment = 'dev'): Promise<string> {
  const root = await project(files)
  return loadConfig(root, environment).then(
    () => 'nothing was thrown',
    (error: Error) => error.message.replaceAll(`${root}/`, ''),
  )
}

describe('the files of a project', () => {
  test('config.ts, the file of the environment and runtime.ts are merged in this order', async () => {
    const root = await project({
      'config.ts':
        "export default { house: { a: 'config', b: 'config', c: 'config', deep: { x: 1, y: 1 } } }",
      'dev.ts': "export default { house: { b: 'dev', c: 'dev', deep: { y: 2 } } }",
      'prod.ts': "export default { house: { b: 'prod' } }",
      'runtime.ts': "export default { house: { c: 'runtime' } }",
    })
    await loadConfig(root, 'dev')
    expect(Application.getAllEnv('house')).toEqual({
      a: 'config',
      b: 'dev',
      c: 'runtime',
      deep: { x: 1, y: 2 },
    })
    await loadConfig(root, 'prod')
    expect(Application.getEnv('house', 'b')).toBe('prod')
    expect(Application.getEnv('house', 'deep')).toEqual({ x: 1, y: 1 })
  })

  test('MOEBI_ENV names the environment; without it the environment is dev', async () => {
    const root = await project({
      'dev.ts': "export default { house: { env: 'dev' } }",
      'staging.ts': "export default { house: { env: 'staging' } }",
    })
    delete env.MOEBI_ENV
    expect((await loadConfig(root)).environment).toBe('dev')
    env.MOEBI_ENV = 'staging'
    expect((await loadConfig(root)).values).toEqual({ house: { env: 'staging' } })
  })

  test('runtime.ts is evaluated again by each load', async () => {
    const root = await project({ 'runtime.ts': 'export default { house: { port: process.env.TEST_PORT } }' })
    onTestFinished(() => void delete env.TEST_PORT)
    for (const port of ['1', '2']) {
      env.TEST_PORT = port
      await loadConfig(root)
      expect(Application.getEnv('house', 'port')).toBe(port)
    }
  })

  test('a project needs no configuration files, and they may be JavaScript', async () => {
    expect((await loadConfig(await project({}), 'test')).values).toEqual({})
    const root = await project({
      'test.js': 'export default { house: { answer: await Promise.resolve(42) } }',
    })
    expect((await loadConfig(root, 'test')).values).toEqual({ house: { answer: 42 } })
  })

  test('a file may import others, and its values may be getters or come from a proxy', async () => {
    const root = await project({
      'dev.ts': `import { join } from 'node:path'
        import { greeting } from './shared/greeting.ts'
        const house = new Proxy({ greeting, get path() { return join('a', 'b') } }, {})
        export default { get house() { return house } }`,
      'shared/greeting.ts': "export const greeting: string = 'hi'",
    })
    await loadConfig(root, 'dev')
    expect(Application.getAllEnv('house')).toEqual({ greeting: 'hi', path: join('a', 'b') })
  })
})

describe('an error in the configuration names the file, the line and what to write', () => {
  test('an unknown environment', async () => {
    expect(await failure({}, 'stagign')).toBe(
      'MOEBI_ENV is stagign, but config/stagign.ts does not exist. Expected dev, prod or test, or a file config/stagign.ts.',
    )
    for (const name of ['../dev', 'runtime', 'config', 'Dev', 'a b'])
      expect(await failure({}, name)).toMatch(
        /^MOEBI_ENV is ".*", which cannot be the name of an environment\. /,
      )
  })

  test('a file that throws', async () => {
    expect(await failure({ 'dev.ts': "\n\nthrow new TypeError('no port')\nexport default {}" })).toBe(
      'config/dev.ts:3: an exception was raised: TypeError: no port',
    )
    expect(await failure({ 'dev.ts': "throw 'no port'" })).toBe(
      "config/dev.ts: a value that is no error was thrown: 'no port'",
    )
    expect(await failure({ 'dev.ts': "export default { get chat() { throw new Error('no') } }" })).toMatch(
      /^config\/dev\.ts:1: an exception was raised: Error: no$/,
    )
  })

  test('a file that imports what throws, or what does not exist', async () => {
    const files = {
      'dev.ts': "import './shared.ts'\nexport default {}",
      'shared.ts': "\nthrow new Error('no disk')",
    }
    expect(await failure(files)).toBe(
      'config/dev.ts: an exception was raised: Error: no disk (config/shared.ts:2)',
    )
    expect(
      await failure({ 'dev.ts': "// none\nimport { x } from 'no-package'\nexport default { x }" }),
    ).toMatch(/^config\/dev\.ts\S*: an exception was raised: Error: .*no-package/)
  })

  test('a default export that is not an object', async () => {
    const expected = 'Expected export default defineConfig({ … })'
    const cases = [
      ['export {}', 'missing or undefined', ''],
      ['export default 5', 'a number', ''],
      ['export default [1]', 'an array', ''],
      ['export default new Map()', 'an instance of Map', ''],
      ['export default null', 'null', ''],
      ['export default Promise.resolve({})', 'a promise', '; write await before the promise'],
      ['export default () => ({})', 'a function', ': call the function, and export its result'],
    ] as const
    for (const [source, what, hint] of cases)
      expect(await failure({ 'dev.ts': source })).toBe(
        `config/dev.ts: the default export is ${what}. ${expected}${hint}.`,
      )
  })

  test('an application whose configuration is not an object', async () => {
    expect(await failure({ 'dev.ts': '// chat: 1\nexport default {\n  chat: 4000,\n}' })).toBe(
      'config/dev.ts:3: the configuration of chat is a number. Expected an object of keys and values, as in chat: { port: 4000 }.',
    )
  })

  test('an application that does not exist', async () => {
    const root = await project({
      'config.ts': 'export default { chat: {} }',
      'dev.ts': "export default {\n\n  'chta': {} }",
    })
    const config = await loadConfig(root, 'dev')
    const known = new Set(['chat'])
    expect(() => checkApplications(config, known, 'chat')).toThrow(
      `${root}/config/dev.ts:3: there is no application chta. Expected chat.`,
    )
    checkApplications(config, new Set(['chat', 'chta']), 'chat')
  })

  test('an object that contains itself in two files', async () => {
    const source = 'const house = {}\nhouse.self = house\nexport default { house }'
    expect(await failure({ 'config.ts': source, 'dev.ts': source })).toMatch(
      /^config\/dev\.ts: an exception was raised: TypeError: house\.self\S* contains itself in both files, so it cannot be merged\b/,
    )
    const root = await project({ 'config.ts': source, 'dev.ts': 'export default { house: { port: 1 } }' })
    await loadConfig(root, 'dev')
    expect(Application.getEnv('house', 'self')).toHaveProperty('self')
  })
})
