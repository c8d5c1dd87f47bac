import { expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/clock/index.ts'
import { global } from '../../../src/node/global/index.ts'
import { startGlobal } from '../../../src/node/global/name-servers.ts'
import { startPg } from '../../../src/node/pg/index.ts'
import { pg } from '../../../src/node/pg/pg.ts'
import { receive } from '../../../src/process/index.ts'
import { atom, equals, type Pid, type Term, tuple } from '../../../src/term/index.ts'
import { inProcess } from '../../support/processes.ts'
import { type Host, Network } from '../network.ts'

interface Pair {
  readonly network: Network
  readonly clock: SimulatedClock
  readonly alex: Host
  readonly kate: Host
}

async function pass({ clock }: Pair, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) await clock.advance(50)
}

function apart(): Pair {
  const network = new Network()
  const clock = new SimulatedClock()
  const [alex, kate] = [network.add('alex', clock), network.add('kate', clock)]
  for (const host of [alex, kate]) {
    startGlobal(host)
    startPg(host)
  }
  return { network, clock, alex, kate }
}

async function meet(pair: Pair): Promise<void> {
  pair.network.connect(pair.alex.kernel.name, pair.kate.kernel.name)
  await pass(pair, 10_000)
}

const idle = (host: Host): Pid => host.kernel.createEphemeral('idle').pid

test('an exported function of the program decides which process keeps a name', async () => {
  const pair = apart()
  const { alex, kate } = pair
  const asked: Term[] = []
  const resolve = (name: Term, pid1: Pid, pid2: Pid): Pid => {
    asked.push(name)
    return pid1.node.name > pid2.node.name ? pid1 : pid2
  }
  for (const { kernel } of [alex, kate]) kernel.modules.define('Leaders', { resolve })
  const [first, second] = [idle(alex), idle(kate)]
  const named = [
    inProcess(alex.kernel, () => global.registerName(atom('cook'), first, resolve)),
    inProcess(kate.kernel, () => global.registerName(atom('cook'), second, resolve)),
  ]
  await pass(pair, 1_000)
  expect(await Promise.all(named)).toEqual([true, true])
  await meet(pair)
  expect(asked).toEqual([atom('cook')])
  for (const host of [alex, kate])
    expect(await inProcess(host.kernel, () => global.whereisName(atom('cook')))).toBe(second)
  expect(alex.kernel.process(first)).toBeDefined()
})

test('a function that is not exported cannot decide, since other nodes could not call it', async () => {
  const { alex } = apart()
  await inProcess(alex.kernel, () => {
    expect(() => global.registerName('x', idle(alex), () => undefined)).toThrow(
      /exported function of a module/,
    )
    expect(() => global.registerName('x', 'y' as never)).toThrow(/expected the pid of a process .* got: "y"/)
  })
})

test('a lock is shared by processes with the same requester, and by no others', async () => {
  const { alex } = apart()
  await inProcess(alex.kernel, async () => {
    const [once, crew] = [{ retries: 0 }, { retries: 0, requester: 'crew' }]
    expect(await global.setLock('door', crew)).toBe(true)
    await inProcess(alex.kernel, async () => {
      expect(await global.setLock('door', once)).toBe(false)
      expect(await global.setLock('door', crew)).toBe(true)
    })
    expect(await global.trans('door', () => 1, once)).toBeUndefined()
    await global.delLock('door', { requester: 'crew' })
    expect(await global.trans('door', () => 1, once)).toEqual({ ok: 1 })
    await expect(global.trans('door', () => Promise.reject(new Error('inside')))).rejects.toThrow('inside')
    expect(await global.setLock('door', once)).toBe(true)
    await expect(global.setLock('door', { retries: -1 })).rejects.toThrow(/retries to be a number from 0/)
  })
})

test('groups name the processes of other nodes, and a process that joins twice leaves twice', async () => {
  const pair = apart()
  const { alex, kate } = pair
  await meet(pair)
  const [ours, theirs] = [idle(alex), idle(kate)]
  await inProcess(kate.kernel, () => pg.join('room', theirs))
  await inProcess(alex.kernel, () => {
    pg.join('room', [ours, ours])
    pg.join(tuple('deep', 1), ours)
  })
  await pass(pair, 100)
  await inProcess(alex.kernel, () => {
    expect(pg.getMembers('room').filter((pid) => pid === ours)).toHaveLength(2)
    expect(pg.getLocalMembers('room')).toEqual([ours, ours])
    expect(pg.leave('room', ours)).toBe(true)
    expect(pg.getMembers('room')).toHaveLength(2)
    expect(pg.leave('room', [ours, ours])).toBe(true)
    expect(pg.leave('room', ours)).toBe(false)
    expect(pg.whichLocalGroups()).toHaveLength(1)
    expect(pg.whichGroups().some((group) => equals(group, tuple('deep', 1)))).toBe(true)
    expect(pg.whichGroups()).toHaveLength(2)
    expect(() => pg.join('room', theirs)).toThrow(/nolocal/)
    expect(() => pg.join('room', 7 as never)).toThrow()
    expect(() => pg.getMembers('room', { scope: 'none' })).toThrow("start it with pg.start('none')")
  })
})

test('a monitor of a scope reports a group whose node is lost', async () => {
  const pair = apart()
  const { alex, kate, network } = pair
  await meet(pair)
  const theirs = idle(kate)
  await inProcess(kate.kernel, () => pg.join('room', theirs))
  await pass(pair, 100)
  await inProcess(alex.kernel, async () => {
    const { ref, groups } = pg.monitorScope()
    expect(groups).toEqual([['room', [theirs]]])
    network.cut(alex.kernel.name, kate.kernel.name)
    await pass(pair, 100)
    expect(await receive()).toEqual(tuple(ref, atom('leave'), 'room', [theirs]))
    expect(pg.demonitor(ref)).toBe(true)
    expect(pg.demonitor(ref)).toBe(false)
  })
})
