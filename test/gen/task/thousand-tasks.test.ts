import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, test } from 'vitest'
import type { Kernel } from '../../../src/process/index.ts'
import { Cluster } from '../../support/cluster.ts'
import { losesTheirNode, losesTheirOwner } from './thousand-tasks.ts'

const dist = new URL('../../../dist/index.js', import.meta.url)
const program = `
  import { Application, Node, sleep, Supervisor, Task } from '${dist}'
  const node = await Node.start({ name: 'kate@localhost', cookie: process.env.COOKIE })
  const Work = {
    double: (n) => 2 * n,
    slowly: async (ms, result) => { await sleep(ms); return result },
  }
  const Office = {
    occupy(node, count) {
      const tasks = { name: 'Tasks', node }
      Task.start(async () => {
        for (let n = 0; n < count; n++) Task.Supervisor.async(tasks, Work.slowly, [60_000, 'x'])
        await sleep(60_000)
      })
    },
  }
  await node.run(() => Application.start({
    name: 'office',
    modules: { Work, Office },
    start: () => Supervisor.startLink([Task.Supervisor.child({ name: 'Tasks' })], { strategy: 'one_for_one' }),
  }))
  console.log('ready')
`

let cluster: Cluster
let here: Kernel
let child: ChildProcess
beforeEach(async () => {
  cluster = await Cluster.start()
  here = (await cluster.moebi('alex')).node.kernel
  child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('.', dist)),
    env: { ...process.env, COOKIE: cluster.cookie },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => createInterface({ input: child.stdout! }).once('line', resolve))
})
afterEach(async () => {
  child?.kill('SIGKILL')
  await cluster[Symbol.asyncDispose]()
})

const kate = () => ({ node: 'kate@localhost', kill: () => void child.kill('SIGKILL') })

test('a thousand tasks whose node is killed half-way end within two seconds, and leave nothing behind', () =>
  losesTheirNode(here, kate()))

test('a thousand tasks whose owner is killed with its node end within two seconds, and leave nothing behind', () =>
  losesTheirOwner(here, kate()))
