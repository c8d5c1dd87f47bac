import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, expect, test } from 'vitest'
import { GenServer, Node, Supervisor } from '../../../src/index.ts'
import { atom } from '../../../src/term/index.ts'
import { Cluster } from '../../support/cluster.ts'
import { holds } from '../../support/eventually.ts'

// Events of node:diagnostics_channel: what tools that are no part of a node learn of it.

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function events<T>(name: string): T[] {
  const seen: T[] = []
  const onEvent = (event: unknown): void => void seen.push(event as T)
  subscribe(name, onEvent)
  ends.push(() => unsubscribe(name, onEvent))
  return seen
}

test('connections that are up and down are events of both nodes', async () => {
  await using cluster = await Cluster.start()
  const kate = await cluster.moebi('kate')
  await cluster.moebi('alex')
  const ups = events<{ kernel: { name: unknown }; node: unknown; visible: boolean }>('moebi:nodeup')
  const downs = events<{ kernel: { name: unknown }; node: unknown; reason: string }>('moebi:nodedown')
  await kate.node.run(async () => {
    await Node.connect('alex@localhost')
    await holds(() => expect(ups).toHaveLength(2))
    Node.disconnect('alex@localhost')
  })
  await holds(() => expect(downs).toHaveLength(2))
  expect(ups.map(({ kernel, node }) => `${kernel.name} ${node}`).sort()).toEqual([
    'alex@localhost kate@localhost',
    'kate@localhost alex@localhost',
  ])
  expect(ups.every(({ visible }) => visible)).toBe(true)
  expect(downs.find(({ node }) => node === atom('alex@localhost'))?.reason).toBe('disconnected by request')
})

test('a child that crashes is the events exit, restart and spawn, in this order', async () => {
  await using cluster = await Cluster.start()
  const { node } = await cluster.moebi('kate')
  const Crashing = GenServer.define({ init: () => 0 })
  const order: string[] = []
  await node.run(async () => {
    await Supervisor.startLink([Crashing.child(undefined, { name: 'Crashing' })], { strategy: 'one_for_one' })
    for (const name of ['exit', 'restart', 'spawn'])
      ends.push(
        ((onEvent) => {
          subscribe(`moebi:${name}`, onEvent)
          return () => unsubscribe(`moebi:${name}`, onEvent)
        })((event: unknown) => {
          const { process, reason, id } = event as {
            process?: { registeredName?: unknown }
            reason?: unknown
            id?: unknown
          }
          order.push(`${name} ${process?.registeredName ?? id ?? ''} ${reason ?? ''}`.trim())
        }),
      )
    node.kernel.whereis(atom('Elixir.Crashing'))!.exit(atom('oops'))
    await holds(() => expect(order).toHaveLength(3))
  })
  expect(order[0]).toBe('exit Elixir.Crashing oops')
  expect(order[1]).toMatch(/^restart /)
  expect(order[2]).toBe('spawn')
})
