import { Application, elixir, IO, Node, ok } from 'moebi'
import { captureIO, cluster, type Peer, startBeamPeer, startPeer } from 'moebi/test'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import app from '../src/application.ts'
import * as Chat from '../src/chat.ts'

// The nodes of these tests are real, so they have the configuration of another environment.
const env = { MOEBI_ENV: 'dev' }
const sendToOtherNodes = () =>
  Application.putEnv('chat', 'remoteSupervisor', (node) => ({ name: 'Chat.TaskSupervisor', node }))

test('in the test environment a message stays on this node', async () => {
  expect(await Chat.sendMessage('kate@localhost', 'hi')).toBe(ok)
})

describe('on other nodes', () => {
  let kate: Peer
  let moebi: Peer

  beforeAll(async () => {
    kate = await startPeer('kate', { app, env })
    moebi = await startPeer('moebi', { app, env })
  })
  beforeEach(sendToOtherNodes)

  test('a message is printed on the node that it is sent to', async () => {
    expect(await Chat.sendMessage(kate.name, 'hi')).toBe(ok)
    await expect.poll(() => kate.output).toContain('hi\n')
  })

  test('Moebi answers', async () => {
    expect(await kate.call(() => Chat.sendMessage('moebi@localhost', 'meat?'))).toBe(ok)
    await expect.poll(() => moebi.output).toContain('meat?\n')
    await expect.poll(() => kate.output).toContain('chicken?\n')
  })

  test('an Elixir node takes part', async () => {
    const alex = await startBeamPeer('alex', {
      elixir: `
        defmodule Chat do
          def receive_message(message), do: IO.puts("alex got " <> message)
        end
        {:ok, _} = Supervisor.start_link([{Task.Supervisor, name: Chat.TaskSupervisor}], strategy: :one_for_one)
      `,
    })
    expect(await Chat.sendMessage(alex.name, 'hi')).toBe(ok)
    await expect.poll(() => alex.output).toContain('alex got hi\n')
    const greeting = 'hello'
    expect(await captureIO(() => alex.call((name) => IO.puts(`${greeting} ${name}`), 'Alex'))).toBe(
      'hello Alex\n',
    )
    expect(await alex.call(elixir`Node.list() |> Enum.member?(${Node.self()})`)).toBe(true)
  })
})

test('a partition keeps the messages away', async () => {
  sendToOtherNodes()
  const sophie = await startPeer('sophie', { app, env })
  await cluster.partition(cluster.self, sophie)
  await expect(Chat.sendMessage(sophie.name, 'hi')).rejects.toThrow('no connection to sophie@localhost')
  await cluster.heal(cluster.self, sophie)
  expect(await Chat.sendMessage(sophie.name, 'hi')).toBe(ok)
})
