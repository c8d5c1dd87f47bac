import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { epmdEnv, moebi } from '../support/beam.ts'
import { localEpmd } from '../support/ports.ts'
import { run } from './command.ts'

const dist = new URL('../../dist/index.js', import.meta.url)

/** Project whose servers print when they start and when they terminate, which takes 50 ms. */
const talkative = `
  import { Application, GenServer, IO, Process, sleep, Supervisor } from '${dist}'
  const Server = GenServer.define({
    init: (name: string) => { Process.flag('trapExit', true); console.log('+' + name); return name },
    terminate: async (_reason, name) => { await sleep(50); console.log('-' + name) },
  })
  export default Application.define({
    name: 'talkative',
    start: () => Supervisor.startLink(['one', 'two'].map((name) => Server.child(name, { id: name })), { strategy: 'one_for_one' }),
    stop: () => console.log('stopped'),
  })`

async function project(application: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'moebi-application-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'application.ts'), application)
  return folder
}

const everything = '+one\n+two\n"up"\n-two\n-one\nstopped\n'

for (const signal of ['SIGTERM', 'SIGHUP'] as const)
  test(`a shell that receives ${signal} stops its application first, in reverse order`, async () => {
    const folder = await project(talkative)
    await using epmd = await localEpmd()
    const env = { HOME: folder, ...epmdEnv(epmd.port) }
    const [command = '', ...words] = moebi(['shell', '-S', folder, '--sname', 'alex@localhost'], env)
    const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    let stdout = ''
    createInterface({ input: child.stdout }).on('line', (line) => {
      stdout += `${line}\n`
      if (line === '"up"') child.kill(signal)
    })
    child.stdin.write("'up'\n")
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect({ stdout, code }).toEqual({ stdout: everything, code: 0 })
  })

test('a shell whose input ends stops its application first; System.halt() does not', async () => {
  const folder = await project(talkative)
  expect(await run(['shell', '-S', folder], "'up'\n")).toEqual({ stdout: everything, stderr: '', code: 0 })
  expect((await run(['shell', '-S', folder], "'up'\nSystem.halt()\n")).stdout).toBe('+one\n+two\n"up"\n')
})

test('a project without an application, or with one that does not start, is an error with a sentence', async () => {
  const empty = await run(['shell', '-S', await project('export default 1')])
  expect(empty.stderr).toMatch(
    /^moebi: .*application\.ts has no application as its default export: expected .*\n$/,
  )
  expect(empty.code).toBe(1)
  const missing = await run(['shell', '-S', '/no/such/folder'])
  expect(missing.stderr).toMatch(/^moebi: \/no\/such\/folder has no application: expected one of .*\n$/)
  expect(missing.code).toBe(1)
  const failing = await run([
    'shell',
    '-S',
    await project("export default { name: 'failing', start: () => { throw new Error('no disk') } }"),
  ])
  expect(failing.stderr).toContain(
    'moebi: the application failing did not start: an exception was raised:\n    ** (RuntimeError) no disk\n',
  )
  expect(failing.code).toBe(1)
})
