import { expect, test } from 'vitest'
import { startPg } from '../../../src/node/pg/scopes.ts'
import { atom, tuple } from '../../../src/term/index.ts'
import { Network } from '../network.ts'

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('a scope does not answer the scope of a node that has restarted since', async () => {
  const network = new Network()
  const alex = network.add('alex')
  const bob = network.add('bob')
  const [scope, old] = [startPg(alex), startPg(bob)]
  network.connect(alex.kernel.name, bob.kernel.name)
  await settle()
  network.remove(bob.kernel.name)
  const again = network.add('bob')
  startPg(again)
  network.connect(alex.kernel.name, again.kernel.name)
  await settle()

  const before = network.sent.length
  const discover = tuple(atom('discover'), old.pid)
  alex.kernel.send(scope.pid, scope.pid, discover)
  alex.kernel.send(scope.pid, scope.pid, tuple(atom('$gen_cast'), tuple(atom('sync'), old.pid, [])))
  await settle()
  expect(network.sent.slice(before)).toEqual([])
})
