import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type EpmdServer, names } from '../../src/epmd/index.ts'
import { generateProject } from '../../src/generator/index.ts'
import { run } from '../cli/command.ts'
import { epmdEnv, moebi } from '../support/beam.ts'
import { eventually } from '../support/eventually.ts'
import { editsOf, follow } from '../support/lesson-edits.ts'
import { localEpmd } from '../support/ports.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Files of a new project that examples/chat does not need, since it is a part of this package. */
const settings = [
  '.dockerignore',
  '.gitignore',
  'Dockerfile',
  'README.md',
  'biome.json',
  'package.json',
  'tsconfig.json',
]

let folder: string
let epmd: EpmdServer
let env: Readonly<Record<string, string>>

// The packages of the projects are those of this checkout: a test must not need a registry.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moebi-new-'))
  epmd = await localEpmd()
  env = { HOME: folder, ...epmdEnv(epmd.port) }
  const modules = join(folder, 'node_modules')
  await mkdir(modules)
  for (const name of await readdir(join(root, 'node_modules')))
    await symlink(join(root, 'node_modules', name), join(modules, name))
  await symlink(root, join(modules, 'moebi'))
})
afterAll(async () => {
  await epmd.close()
  await rm(folder, { recursive: true, force: true })
})

/** Runs a program of the packages in a project. Rejects with its output unless it succeeds. */
async function npx(cwd: string, ...[program = '', ...args]: string[]): Promise<string> {
  const bin = { tsc: 'typescript/bin/tsc', biome: '@biomejs/biome/bin/biome', vitest: 'vitest/vitest.mjs' }[
    program
  ]!
  const options = { cwd, env: { ...process.env, ...env, NO_COLOR: '1', FORCE_COLOR: '0' } }
  const argv = [join(root, 'node_modules', bin), ...args]
  const { stdout } = await promisify(execFile)(process.execPath, argv, options).catch(
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`${program} failed:\n${error.stdout}${error.stderr}`)
    },
  )
  return stdout
}

test('a new project with a supervision tree passes its tests and starts; a second one in its folder is refused', async () => {
  const project = join(folder, 'supervised')
  const { stdout, stderr, code } = await run(['new', project, '--sup'])
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  expect(stdout).toMatch(
    /^\* creating README\.md\n(\* creating \S+\n)+\nYour Moebi project was created successfully\.\n/,
  )
  expect(stdout).toContain(`    cd ${project}\n    npm install\n    npm test\n    npm start\n`)
  expect(stdout).toContain('The package moebi is not published yet. The project uses ')
  const [tests, shell, second] = await Promise.all([
    npx(project, 'vitest', 'run'),
    run(['shell', '-S', '.'], 'Supervised.hello()\n', env, { cwd: project }),
    run(['new', project]),
  ])
  expect(tests).toMatch(/Tests {2}\d+ passed/)
  expect(shell).toEqual({ stdout: '"world"\n', stderr: '', code: 0 })
  expect(second).toEqual({
    stdout: '',
    stderr: `moebi: The directory "${project}" already exists. Please select another directory for installation\n`,
    code: 1,
  })
})

test('the lesson turns a new project into examples/chat, line by line', async () => {
  const project = join(folder, 'chat')
  const { created } = generateProject(project, { sup: true })
  const page = readFileSync(join(root, 'docs/getting-started.md'), 'utf8')
  for (const file of created)
    expect(page, 'the page shows the output of moebi new').toContain(`* creating ${file}\n`)
  await follow(editsOf(page), project)
  const example = join(root, 'examples/chat')
  const files = await filesOf(example)
  expect((await filesOf(project)).filter((file) => !settings.includes(file))).toEqual(files)
  for (const file of files)
    expect(await readFile(join(project, file), 'utf8'), file).toBe(
      await readFile(join(example, file), 'utf8'),
    )
  await Promise.all([npx(project, 'tsc'), npx(project, 'biome', 'check')])
})

test('moebi run starts the application on a node without a shell, until SIGTERM', async () => {
  const project = join(root, 'examples/chat')
  const [command = '', ...words] = moebi(
    ['run', project, '--sname', 'kate@localhost', '--cookie', 'secret'],
    env,
  )
  const kate = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void kate.kill('SIGKILL'))
  const output = text(kate)
  const ask =
    "await Node.ping('kate@localhost') === atom('pong') && await Chat.sendMessage('kate@localhost', 'hi')\n"
  const alex = ['shell', '-S', project, '--sname', 'alex@localhost', '--cookie', 'secret']
  const registered = () => names('localhost', { port: epmd.port })
  await eventually('kate to be registered', async () => (await registered()).length === 1)
  let answer = ''
  while (!answer.includes(':ok')) answer = (await run(alex, ask, env)).stdout
  kate.kill('SIGTERM')
  expect(await once(kate, 'exit')).toEqual([0, null])
  expect(output()).toBe('hi\n')
})

function text(child: ChildProcess): () => string {
  let all = ''
  child.stdout!.setEncoding('utf8').on('data', (part: string) => (all += part))
  return () => all
}

async function filesOf(project: string): Promise<string[]> {
  const entries = await readdir(project, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(project.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((file) => existsSync(join(project, file)))
    .sort()
}
