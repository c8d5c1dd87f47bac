import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { generateProject } from '../../src/generator/index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moebi-new-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})

const read = (file: string): Promise<string> => readFile(join(folder, file), 'utf8')

/** Files of `mix new chat --sup`, and what has its place here. */
const counterparts = {
  'README.md': 'README.md',
  '.formatter.exs': 'biome.json',
  '.gitignore': '.gitignore',
  'mix.exs': 'package.json',
  'lib/chat.ex': 'src/chat.ts',
  'lib/chat/application.ex': 'src/application.ts',
  'test/test_helper.exs': 'test/test-helper.ts',
  'test/chat_test.exs': 'test/chat.test.ts',
}

test('a project has a counterpart of each file of mix new, in folders that are created before their files', async () => {
  const { created } = generateProject(join(folder, 'chat'), { sup: true })
  expect(created).toEqual(expect.arrayContaining(Object.values(counterparts)))
  for (const name of ['config', 'src', 'test'])
    expect(created.indexOf(name)).toBe(created.findIndex((file) => file.startsWith(name)))
  const files = (await readdir(join(folder, 'chat'), { recursive: true })).map((file) =>
    file.replaceAll('\\', '/'),
  )
  expect([...created].sort()).toEqual(files.sort())
})

test('only a project with --sup has a supervision tree', async () => {
  generateProject(join(folder, 'chat'), { sup: true })
  generateProject(join(folder, 'plain'), {})
  expect(await read('chat/src/application.ts')).toContain("name: 'Chat.Supervisor'")
  expect(await read('plain/src/application.ts')).not.toContain('Supervisor')
})

test('no file has a placeholder, a path of this machine or a registry', async () => {
  const { created, dependency } = generateProject(join(folder, 'chat'), { sup: true })
  for (const file of created.filter((name) => name.includes('.'))) {
    const text = (await read(`chat/${file}`)).replaceAll(dependency.slice('file:'.length), '')
    expect(text, file).not.toMatch(/\{\{|\}\}|registry\.|\/tmp\/|\/work\//)
  }
})

test('the packages have the versions that this package is tested with', async () => {
  generateProject(join(folder, 'chat'), {})
  const { devDependencies, dependencies } = JSON.parse(await read('chat/package.json')) as Record<
    string,
    unknown
  >
  const own = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  expect(own.devDependencies).toMatchObject(devDependencies as object)
  expect(dependencies).toEqual({ moebi: expect.stringMatching(/^file:/) })
})

test('--app and --module name the application and its module', async () => {
  const { created } = generateProject(join(folder, 'My Chat'), {
    app: 'my_chat',
    module: 'My.WebChat',
    sup: true,
  })
  expect(created).toEqual(
    expect.arrayContaining(['src/my', 'src/my/web-chat.ts', 'test/my', 'test/my/web-chat.test.ts']),
  )
  const application = await read('My Chat/src/application.ts')
  expect(application).toContain("import * as MyWebChat from './my/web-chat.ts'")
  expect(application).toContain("name: 'my_chat',\n  modules: { 'My.WebChat': MyWebChat },")
  expect(await read('My Chat/test/my/web-chat.test.ts')).toContain("from '../../src/my/web-chat.ts'")
})

test('the name of the module comes from the name of the application', async () => {
  for (const [app, module, file] of [
    ['foo_bar', 'FooBar', 'foo-bar.ts'],
    ['x_y', 'XY', 'xy.ts'],
    ['foo_1', 'Foo1', 'foo1.ts'],
  ] as const) {
    const { created } = generateProject(join(folder, app), {})
    expect(created).toContain(`src/${file}`)
    expect(await read(`${app}/src/application.ts`)).toContain(`modules: { ${module} }`)
  }
})

describe('a project that cannot be created is an error, and nothing is left on the disk', () => {
  /** Returns the message of the error. */
  function refused(path: string, options: Parameters<typeof generateProject>[1] = {}): string {
    try {
      generateProject(path, options)
    } catch (error) {
      return (error as Error).message
    }
    return 'nothing was thrown'
  }

  test('a name that is not that of an application', async () => {
    const rule =
      'Application name must start with a lowercase ASCII letter, followed by lowercase ASCII letters, numbers, or underscores, got: '
    for (const name of ['Chat', '9chat', 'my-chat', 'chät', '_chat', 'a b', '聊天', '-'])
      expect(refused(join(folder, name))).toContain(
        `${rule}"${name}". The application name is inferred from the path`,
      )
    expect(refused(join(folder, 'my-chat'))).toMatch(
      / "--app APP" option: moebi new \S+my-chat --app my_chat$/,
    )
    for (const app of ['a-b', '', 'Chat', '../chat', 'a\nb', '__proto__'])
      expect(refused(join(folder, 'chat'), { app })).toBe(`${rule}${JSON.stringify(app)}`)
    expect(await readdir(folder)).toEqual([])
  })

  test('a name that is used already', async () => {
    expect(refused(join(folder, 'elixir'))).toContain(
      'Cannot use application name "elixir" because it is already used',
    )
    expect(refused(join(folder, 'chat'), { app: 'moebi' })).toContain('Cannot use application name "moebi"')
    for (const name of ['string', 'node', 'agent', 'promise', 'gen_server', 'object'])
      expect(refused(join(folder, name))).toMatch(
        /^Module name \w+ is already taken, please choose another name/,
      )
    for (const module of ['chat', '', 'Foo.bar', 'Foo-Bar', 'Foo..Bar', 'Ä'])
      expect(refused(join(folder, 'chat'), { module })).toContain(`got: ${JSON.stringify(module)}`)
    expect(await readdir(folder)).toEqual([])
  })

  test('a folder or a file that exists', async () => {
    await mkdir(join(folder, 'chat'))
    await writeFile(join(folder, 'script'), 'text')
    for (const name of ['chat', 'script'])
      expect(refused(join(folder, name))).toBe(
        `The directory ${JSON.stringify(join(folder, name))} already exists. Please select another directory for installation`,
      )
    expect(await readdir(join(folder, 'chat'))).toEqual([])
  })

  test('a folder that cannot be created', async () => {
    await writeFile(join(folder, 'script'), 'text')
    expect(refused(join(folder, 'script/chat'))).toMatch(
      /^The project .*script\/chat was not created: ENOTDIR: /,
    )
    expect(await readdir(folder)).toEqual(['script'])
  })

  test.skipIf(process.platform !== 'linux')('a folder below /proc, and no folder', () => {
    expect(refused('/proc/moebi_new')).toMatch(/^The project \/proc\/moebi_new was not created: ENOENT: /)
    expect(refused('')).toBe('Expected PATH to be given, please use "moebi new PATH"')
  })

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'a folder without the permission',
    async () => {
      await chmod(folder, 0o500)
      expect(refused(join(folder, 'a/chat'))).toMatch(
        /^The project .*a\/chat was not created: EACCES: permission denied, /,
      )
      await chmod(folder, 0o700)
      expect(await readdir(folder)).toEqual([])
    },
  )
})

test('. is a project in the current folder, if that is empty but for .git', async () => {
  const here = join(folder, 'chat')
  await mkdir(join(here, '.git'), { recursive: true })
  const program = `import { generateProject } from ${JSON.stringify(new URL('../../dist/generator/index.js', import.meta.url).href)}
    generateProject('.', {})`
  const generate = (): Buffer =>
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: here, stdio: 'pipe' })
  generate()
  expect(await read('chat/src/application.ts')).toContain("name: 'chat'")
  expect(generate).toThrow(/The directory "\." already exists/)
})
