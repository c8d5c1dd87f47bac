import { describe } from 'vitest'
import { Agent, DynamicSupervisor, Registry, Task } from '../../src/gen/index.ts'
import { type Kernel, LocalKernel } from '../../src/process/index.ts'
import { atom } from '../../src/term/index.ts'
import { Cluster } from '../support/cluster.ts'
import { inProcess, until } from '../support/processes.ts'
import { keepsItsPromises } from './contract.ts'
import { Counter } from './counter.ts'
import * as Work from './work.ts'

/** Starts what the others expect to find on this node, anew. */
async function open(kernel: Kernel): Promise<void> {
  kernel.modules.define('Work', Work)
  for (const name of ['Counter', 'Tasks', 'Pool', 'Ledger', 'Rooms', 'Topics']) {
    const before = kernel.whereis(atom(`Elixir.${name}`) as never)
    before?.exit(atom('shutdown'))
    await until('the name to be free', () => kernel.whereis(atom(`Elixir.${name}`) as never) === undefined)
  }
  await inProcess(kernel, async () => {
    await Counter.start(0, { name: 'Counter' })
    await Task.Supervisor.start({ name: 'Tasks' })
    await Registry.start({ keys: 'unique', name: 'Rooms' })
    await Registry.start({ keys: 'duplicate', name: 'Topics' })
    await DynamicSupervisor.start({ name: 'Pool' })
    await Agent.start(() => 1, { name: 'Ledger' })
  })
}

describe('on the same node', () => {
  keepsItsPromises(async () => {
    const kernel = new LocalKernel()
    return {
      here: kernel,
      node: kernel.name.name,
      open: () => open(kernel),
      processes: async () => kernel.processes().length,
      [Symbol.asyncDispose]: async () => {},
    }
  })
})

describe('on another Moebi node', () => {
  keepsItsPromises(async () => {
    const cluster = await Cluster.start()
    const here = (await cluster.moebi('alex')).node.kernel
    const there = (await cluster.moebi('kate')).node.kernel
    return {
      here,
      node: there.name.name,
      open: () => open(there),
      processes: async () => there.processes().length,
      [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
    }
  })
})
