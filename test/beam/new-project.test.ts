import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { run } from '../cli/command.ts'
import { epmdEnv } from '../support/beam.ts'
import { editsOf, follow } from '../support/lesson-edits.ts'
import { freePort } from '../support/ports.ts'

// With the packages of the registry, or of npm's cache: test/generator/new-project.test.ts uses those of this checkout.

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder: string
let env: Readonly<Record<string, string>> = {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moebi-new-'))
  // The home of the nodes is not that of npm.
  const { output } = await npm(root, ['config', 'get', 'cache'])
  env = { HOME: folder, npm_config_cache: output.trim(), ...epmdEnv(await freePort()) }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Result {
  readonly output: string
  readonly code: number
}

/** Runs npm in a project. */
async function npm(cwd: string, args: readonly string[], input = ''): Promise<Result> {
  const options = { cwd, env: { ...process.env, ...env, NO_COLOR: '1', FORCE_COLOR: '0' } }
  const running = promisify(execFile)('npm', args, options)
  running.child.stdin!.end(input)
  return running.then(
    ({ stdout, stderr }) => ({ output: stdout + stderr, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => ({
      output: error.stdout + error.stderr,
      code: error.code,
    }),
  )
}

/** Installs the packages of a project. Returns false when npm has neither a registry nor the packages in its cache. */
async function install(project: string): Promise<boolean> {
  const { output, code } = await npm(project, [
    'install',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--fetch-retries=0',
  ])
  if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENOTCACHED/.test(output)) return false
  expect({ output, code }).toMatchObject({ code: 0 })
  return existsSync(join(project, 'package-lock.json'))
}

async function succeeds(project: string, ...args: string[]): Promise<void> {
  const { output, code } = await npm(project, args)
  expect({ output, code }).toMatchObject({ code: 0 })
}

const NO_PACKAGES = 'npm has no registry, and its cache lacks packages'

test('a new project without a supervision tree is installed, checked, tested and started by npm', {
  timeout: 300_000,
}, async ({ skip }) => {
  const project = join(folder, 'plain')
  expect(await run(['new', project])).toMatchObject({ stderr: '', code: 0 })
  if (!(await install(project))) skip(NO_PACKAGES)
  await succeeds(project, 'run', 'check')
  await succeeds(project, 'test')
  expect((await npm(project, ['start'], 'Plain.hello()\n')).output).toMatch(/^"world"$/m)
})

test('the lesson in a new project: each command prints what the page shows', { timeout: 300_000 }, async ({
  skip,
}) => {
  const project = join(folder, 'chat')
  expect(await run(['new', project, '--sup'])).toMatchObject({ stderr: '', code: 0 })
  if (!(await install(project))) skip(NO_PACKAGES)
  await succeeds(project, 'run', 'check')
  await succeeds(project, 'test')
  expect((await npm(project, ['start'], 'Chat.hello()\n')).output).toMatch(/^"world"$/m)

  const edits = editsOf(readFileSync(join(root, 'docs/getting-started.md'), 'utf8'))
  const [failing, tagged] = edits.flatMap(({ file }, index) => (file === 'test/chat.test.ts' ? [index] : []))
  const local = edits.findLastIndex(({ file }) => file === 'src/chat.ts')

  await follow(edits.slice(0, failing! + 1), project)
  await succeeds(project, 'run', 'check')
  const alone = await npm(project, ['test'])
  expect(alone.code).toBe(1)
  expect(alone.output).toMatch(
    /ExitError: exited in: GenServer\.call\(\{Chat\.TaskSupervisor, :moebi@localhost\}, \{:start_task, .*\}, :infinity\)\n {4}\*\* \(EXIT\) no connection to moebi@localhost\n/,
  )

  // The command itself, since a signal would end only npx.
  const moebi = spawn('node_modules/.bin/moebi', ['run', '--sname', 'moebi@localhost'], {
    cwd: project,
    env: { ...process.env, ...env },
  })
  onTestFinished(() => void moebi.kill('SIGKILL'))
  let printed = ''
  moebi.stdout.on('data', (text: Buffer) => (printed += text))
  let sophie: Result
  do sophie = await npm(project, ['exec', '--', 'moebi', 'test', '--sname', 'sophie@localhost'])
  while (/no connection/.test(sophie.output))
  expect(sophie.output).toMatch(/^chicken\?$/m)
  expect(sophie.code).toBe(0)
  moebi.kill('SIGTERM')
  await once(moebi, 'exit')
  expect(printed).toBe('hi\n')

  await follow(edits.slice(0, tagged! + 1), project)
  const excluded = await npm(project, ['test'])
  expect(excluded.output).toContain('Excluding tags: [distributed: true]\n\n1 test, 0 failures, 1 excluded\n')
  expect(excluded.code).toBe(0)

  await follow([...edits.slice(0, local + 1), edits[failing!]!], project)
  await succeeds(project, 'run', 'check')
  const configured = await npm(project, ['test'])
  expect(configured.output).toContain('hi\nchicken?\n')
  expect(configured.code).toBe(0)

  await follow(edits, project)
  await succeeds(project, 'run', 'check')
  await succeeds(project, 'test')
})
