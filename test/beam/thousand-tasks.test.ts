import { afterEach, beforeEach, test } from 'vitest'
import { losesTheirNode, losesTheirOwner } from '../gen/task/thousand-tasks.ts'
import type { BeamNode } from '../support/beam.ts'
import type { TestNode } from '../support/cluster.ts'
import { furnish } from './elixir-office.ts'
import { Meeting } from './node-meeting.ts'

let meeting: Meeting
let alex: TestNode
let kate: BeamNode
beforeEach(async () => {
  meeting = await Meeting.start()
  alex = await meeting.moebi('alex')
  kate = await meeting.elixir('kate')
  await furnish(kate)
  await kate.evaluate('Office.open()')
}, 60_000)
afterEach(() => meeting?.[Symbol.asyncDispose]())

const victim = () => ({ node: kate.name, kill: () => void process.kill(kate.pid, 'SIGKILL') })

test('1,000 tasks whose real node is killed end within two seconds, and no state remains', () =>
  losesTheirNode(alex.node.kernel, victim()))

test('1,000 tasks whose owner is killed with its real node end within two seconds, and no state remains', () =>
  losesTheirOwner(alex.node.kernel, victim()))
