import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { epmdEnv } from '../support/beam.ts'
import { freePort, localEpmd } from '../support/ports.ts'
import { run } from './command.ts'

const root = join(import.meta.dirname, '../..')
let project: string
/** Path of the command that npm has installed in the empty project. */
let bin: string

// npm may have no registry: the dependencies of the package are copied from the node_modules of this project.
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'moebi-project-'))
  bin = join(project, 'node_modules/.bin/moebi')
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }')
  for (const name of Object.keys(dependencies))
    await cp(join(root, 'node_modules', name), join(project, 'node_modules', name), { recursive: true })
  // --install-links packs a folder, and installs what it has packed, as if it came from the registry.
  const quick = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--no-save']
  await npm(project, 'install', '--install-links', ...quick, root)
  expect(existsSync(join(project, 'node_modules/moebi/test'))).toBe(false)
})
afterAll(() => rm(project, { recursive: true, force: true }))

function npm(cwd: string, ...args: string[]): Promise<unknown> {
  return promisify(execFile)('npm', args, { cwd, shell: process.platform === 'win32' })
}

test('the package, installed in an empty project, runs the Chat on three nodes', async () => {
  const { stdout, stderr, code } = await run(
    ['start'],
    '',
    { HOME: project, ...epmdEnv(await freePort()) },
    { bin, cwd: project },
  )
  expect(stderr).toBe('')
  expect(stdout).toContain('\nmoebi@localhost | hi\n')
  expect(stdout).toContain('\nchicken?\n')
  expect(stdout).toContain('\ngreetings from kate@localhost\n')
  expect(code).toBe(0)
})

test('the Chat, copied into the project, is an application there', async () => {
  await cp(join(project, 'node_modules/moebi/examples/chat'), join(project, 'chat'), { recursive: true })
  await using epmd = await localEpmd()
  const { stdout, stderr, code } = await run(
    ['shell', '-S', 'chat', '--sname', 'kate@localhost'],
    "await Chat.sendMessage('kate@localhost', 'hi')\n",
    { HOME: project, ...epmdEnv(epmd.port) },
    { bin, cwd: project },
  )
  expect({ stdout, stderr, code }).toEqual({ stdout: 'hi\n:ok\n', stderr: '', code: 0 })
})

test('a program of the project imports the package by its name', async () => {
  await writeFile(
    join(project, 'program.js'),
    `import { GenServer, reply, spawn } from 'moebi'
     import { encode } from 'moebi/etf'
     const Counter = GenServer.define({ init: (n) => n, call: { add: (n, by) => reply(n + by, n + by) } })
     console.log(await GenServer.call(await Counter.start(40), Counter.add(2)), encode(1).length)`,
  )
  const { stdout } = await promisify(execFile)(process.execPath, ['program.js'], { cwd: project })
  expect(stdout).toBe('42 3\n')
})

test('the observer serves its page, and the plot library', async () => {
  await using epmd = await localEpmd()
  await writeFile(
    join(project, 'observer.js'),
    `import { Node } from 'moebi'
     import { Observer } from 'moebi/observer'
     const node = await Node.start({ name: 'shop@localhost', cookie: 'c', log: () => {} })
     const observer = await node.run(() => Observer.start({ port: 0 }))
     const url = new URL(Observer.url(observer))
     const headers = { authorization: 'Bearer ' + url.searchParams.get('token') }
     for (const path of ['/', '/main.js', '/uplot.js']) console.log((await fetch(new URL(path, url), { headers })).status)
     console.log((await fetch(new URL('/', url))).status)
     await node.stop()`,
  )
  const { stdout } = await promisify(execFile)(process.execPath, ['observer.js'], {
    cwd: project,
    env: { ...process.env, ...epmdEnv(epmd.port) },
  })
  expect(stdout).toBe('200\n200\n200\n403\n')
})
