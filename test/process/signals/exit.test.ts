import { describe, expect, test } from 'vitest'
import {
  demonitor,
  exit,
  LocalKernel,
  link,
  monitor,
  Process,
  receive,
  self,
  send,
  spawn,
  spawnLink,
  spawnMonitor,
  unlink,
} from '../../../src/process/index.ts'
import {
  atom,
  equals,
  kill,
  killed,
  noconnection,
  noproc,
  normal,
  type Pid,
  tuple,
} from '../../../src/term/index.ts'
import { Idle, inProcess, settled } from '../../support/processes.ts'
import { twoKernels } from '../../support/two-kernels.ts'

const boom = atom('boom')
const EXIT = atom('EXIT')
const DOWN = atom('DOWN')
const process = atom('process')

/** The same holds for a process of this kernel and of another one. */
const places = [
  {
    where: 'on the same node',
    meet() {
      const kernel = new LocalKernel()
      return { mine: new Idle(kernel), other: new Idle(kernel), settle: () => settled() }
    },
  },
  {
    where: 'on another node',
    meet() {
      const { a, b, settle } = twoKernels()
      return { mine: new Idle(a), other: new Idle(b), settle }
    },
  },
]

describe.each(places)('a process $where', ({ meet }) => {
  test('that is linked ends with the linked process, for the same reason', async () => {
    const { mine, other, settle } = meet()
    mine.as(() => link(other.pid))
    await settle()
    other.process.exit(boom)
    await settle()
    expect(mine.alive).toBe(false)
  })

  test('links both ways', async () => {
    const { mine, other, settle } = meet()
    mine.as(() => link(other.pid))
    await settle()
    mine.process.exit(boom)
    await settle()
    expect(other.alive).toBe(false)
  })

  test('survives the normal exit of a linked process, and gets no message', async () => {
    const { mine, other, settle } = meet()
    mine.as(() => link(other.pid))
    await settle()
    other.process.exit(normal)
    await settle()
    expect(mine.alive).toBe(true)
    expect(mine.messages).toEqual([])
    expect(mine.process.links.pids.size).toBe(0)
  })

  test('that traps exits gets exit signals as messages, also with the reason normal', async () => {
    const { mine, other, settle } = meet()
    mine.as(() => {
      Process.flag('trapExit', true)
      link(other.pid)
    })
    await settle()
    other.process.exit(normal)
    await settle()
    expect(mine.messages).toEqual([tuple(EXIT, other.pid, normal)])
    expect(mine.alive).toBe(true)
  })

  test('that links to an ended process gets noproc', async () => {
    const { mine, other, settle } = meet()
    other.process.exit(normal)
    mine.as(() => {
      Process.flag('trapExit', true)
      expect(link(other.pid)).toBe(true)
    })
    await settle()
    expect(mine.messages).toEqual([tuple(EXIT, other.pid, noproc)])
  })

  test('that unlinked gets no exit signal', async () => {
    const { mine, other, settle } = meet()
    mine.as(() => link(other.pid))
    await settle()
    mine.as(() => unlink(other.pid))
    other.process.exit(boom)
    await settle()
    expect(mine.alive).toBe(true)
  })

  test('that unlinked is unlinked on the other side too', async () => {
    const { mine, other, settle } = meet()
    mine.as(() => link(other.pid))
    await settle()
    mine.as(() => unlink(other.pid))
    await settle()
    expect(other.process.links.pids.size).toBe(0)
    mine.process.exit(boom)
    await settle()
    expect(other.alive).toBe(true)
  })

  test('that unlinks and links again is linked', async () => {
    const { mine, other, settle } = meet()
    mine.as(() => {
      link(other.pid)
      unlink(other.pid)
      link(other.pid)
    })
    await settle()
    expect([...other.process.links.pids]).toEqual([mine.pid])
    other.process.exit(boom)
    await settle()
    expect(mine.alive).toBe(false)
  })

  test('that is monitored sends one DOWN message with its exit reason', async () => {
    const { mine, other, settle } = meet()
    const ref = mine.as(() => monitor(other.pid))
    await settle()
    other.process.exit(boom)
    await settle()
    expect(mine.messages).toEqual([tuple(DOWN, ref, process, other.pid, boom)])
    expect(mine.process.monitors.targets).toEqual([])
  })

  test('that is monitored twice sends two DOWN messages', async () => {
    const { mine, other, settle } = meet()
    mine.as(() => {
      monitor(other.pid)
      monitor(other.pid)
    })
    await settle()
    expect(other.process.monitors.monitoredBy).toEqual([mine.pid, mine.pid])
    other.process.exit(normal)
    await settle()
    expect(mine.messages).toHaveLength(2)
  })

  test('that is monitored after its end gives noproc', async () => {
    const { mine, other, settle } = meet()
    other.process.exit(boom)
    const ref = mine.as(() => monitor(other.pid))
    await settle()
    expect(mine.messages).toEqual([tuple(DOWN, ref, process, other.pid, noproc)])
  })

  test('that is monitored by its name gives the name and the node', async () => {
    const { mine, other, settle } = meet()
    const name = atom('kate')
    const node = other.process.kernel.name
    other.as(() => Process.register(self(), 'kate'))
    const ref = mine.as(() => monitor({ name, node }))
    await settle()
    other.process.exit(boom)
    await settle()
    expect(mine.messages).toEqual([tuple(DOWN, ref, process, tuple(name, node), boom)])
  })

  test('that is monitored by a name that is not registered gives noproc', async () => {
    const { mine, other, settle } = meet()
    const node = other.process.kernel.name
    const ref = mine.as(() => monitor({ name: 'nobody', node }))
    await settle()
    expect(mine.messages).toEqual([tuple(DOWN, ref, process, tuple(atom('nobody'), node), noproc)])
  })

  test('that is no longer monitored sends no DOWN message, and drops the monitor', async () => {
    const { mine, other, settle } = meet()
    const node = other.process.kernel.name
    other.as(() => Process.register(self(), 'kate'))
    const refs = mine.as(() => [monitor(other.pid), monitor({ name: 'kate', node })])
    await settle()
    // The name now belongs to another process.
    other.as(() => Process.unregister('kate'))
    mine.as(() => {
      for (const ref of refs) expect(demonitor(ref)).toBe(true)
      for (const ref of refs) expect(demonitor(ref)).toBe(false)
    })
    await settle()
    expect(other.process.monitors.monitoredBy).toEqual([])
    other.process.exit(boom)
    await settle()
    expect(mine.messages).toEqual([])
  })

  test('that ends is removed from the monitors of its targets', async () => {
    const { mine, other, settle } = meet()
    mine.as(() => monitor(other.pid))
    await settle()
    expect(other.process.monitors.monitoredBy).toEqual([mine.pid])
    mine.process.exit(normal)
    await settle()
    expect(other.process.monitors.monitoredBy).toEqual([])
  })

  test('ends by Process.exit with the given reason', async () => {
    const { mine, other, settle } = meet()
    const ref = mine.as(() => monitor(other.pid))
    mine.as(() => expect(Process.exit(other.pid, boom)).toBe(true))
    await settle()
    expect(mine.messages).toEqual([tuple(DOWN, ref, process, other.pid, boom)])
  })

  test('that traps exits gets Process.exit as a message, but kill ends it', async () => {
    const { mine, other, settle } = meet()
    other.as(() => Process.flag('trapExit', true))
    mine.as(() => Process.exit(other.pid, 'shutdown'))
    await settle()
    expect(other.messages).toEqual([tuple(EXIT, mine.pid, atom('shutdown'))])
    const ref = mine.as(() => monitor(other.pid))
    mine.as(() => Process.exit(other.pid, 'kill'))
    await settle()
    expect(mine.messages).toEqual([tuple(DOWN, ref, process, other.pid, killed)])
  })

  test('ignores Process.exit with the reason normal', async () => {
    const { mine, other, settle } = meet()
    mine.as(() => Process.exit(other.pid, 'normal'))
    await settle()
    expect(other.alive).toBe(true)
  })

  test('that was killed ends its links with killed, which can be trapped', async () => {
    const { mine, other, settle } = meet()
    mine.as(() => {
      Process.flag('trapExit', true)
      link(other.pid)
    })
    await settle()
    mine.as(() => Process.exit(other.pid, 'kill'))
    await settle()
    expect(mine.messages).toEqual([tuple(EXIT, other.pid, killed)])
  })

  test('that exits with kill by itself can be trapped', async () => {
    const { mine, other, settle } = meet()
    mine.as(() => {
      Process.flag('trapExit', true)
      link(other.pid)
    })
    await settle()
    other.process.exit(kill)
    await settle()
    expect(mine.messages).toEqual([tuple(EXIT, other.pid, kill)])
    expect(mine.alive).toBe(true)
  })

  test('gets messages, links, exits and DOWN messages of another process in the order in which they were sent', async () => {
    const { mine, other, settle } = meet()
    mine.as(() => Process.flag('trapExit', true))
    const ref = mine.as(() => monitor(other.pid))
    await settle()
    other.as(() => {
      send(mine.pid, 1)
      link(mine.pid)
      send(mine.pid, 2)
      Process.exit(mine.pid, boom)
      send(mine.pid, 3)
    })
    other.process.exit(normal)
    await settle()
    expect(mine.messages).toEqual([
      1,
      2,
      tuple(EXIT, other.pid, boom),
      3,
      tuple(EXIT, other.pid, normal),
      tuple(DOWN, ref, process, other.pid, normal),
    ])
  })

  test('that is registered gets the messages to its name', async () => {
    const { mine, other, settle } = meet()
    const node = other.process.kernel.name
    other.as(() => Process.register(self(), 'Kate'))
    mine.as(() => {
      send({ name: 'Kate', node }, 'hi')
      send({ name: atom('Elixir.Kate'), node: String(node) }, 'hi again')
      send({ name: 'nobody', node }, 'lost')
    })
    await settle()
    expect(other.messages).toEqual(['hi', 'hi again'])
  })
})

test('a cut link is noconnection for every link and monitor over it, at once', async () => {
  const { a, b, cut, settle } = twoKernels()
  const mine = new Idle(a)
  const others = [new Idle(b), new Idle(b), new Idle(b)] as const
  others[2].as(() => Process.register(self(), 'kate'))
  mine.as(() => Process.flag('trapExit', true))
  const refs = mine.as(() => [monitor(others[1].pid), monitor({ name: 'kate', node: b.name })])
  mine.as(() => link(others[0].pid))
  await settle()
  cut()
  // Links and monitors are gone at once. Only the messages arrive later.
  expect(mine.process.links.pids.size).toBe(0)
  expect(mine.process.monitors.targets).toEqual([])
  await settled()
  expect(mine.messages).toEqual([
    tuple(DOWN, refs[0], process, others[1].pid, noconnection),
    tuple(DOWN, refs[1], process, tuple(atom('kate'), b.name), noconnection),
    tuple(EXIT, others[0].pid, noconnection),
  ])
  expect(others[0].alive).toBe(false)
  expect(others[1].process.monitors.monitoredBy).toEqual([])
})

test('links and monitors to a node that cannot be reached are noconnection', async () => {
  const { a, b, cut } = twoKernels()
  cut()
  const mine = new Idle(a)
  const other = new Idle(b)
  mine.as(() => Process.flag('trapExit', true))
  const ref = mine.as(() => {
    link(other.pid)
    return monitor({ name: 'kate', node: b.name })
  })
  await settled()
  expect(mine.messages).toEqual([
    tuple(EXIT, other.pid, noconnection),
    tuple(DOWN, ref, process, tuple(atom('kate'), b.name), noconnection),
  ])
})

test('a process of an earlier incarnation of the node does not exist', async () => {
  const { a, settle } = twoKernels()
  const before = new LocalKernel({ name: a.name, creation: 77 })
  const old = before.create()
  const mine = new Idle(a)
  const ref = mine.as(() => monitor(old.pid))
  await settle()
  expect(mine.messages).toEqual([tuple(DOWN, ref, process, old.pid, noproc)])
})

test('a function that returns ends its process with normal, one that throws with what it threw', async () => {
  const kernel = new LocalKernel()
  const ends = await inProcess(kernel, async () => {
    const reasons = []
    for (const fn of [() => 1, async () => 1, () => exit(boom), async () => exit('shutdown')]) {
      const { pid, ref } = spawnMonitor(fn as () => unknown)
      const down = (await receive()) as unknown as readonly unknown[]
      expect(equals(down[1], ref)).toBe(true)
      expect(down[3]).toBe(pid)
      reasons.push(down[4])
    }
    return reasons
  })
  expect(ends).toEqual([normal, normal, boom, atom('shutdown')])
})

test('a process may send itself an exit signal', async () => {
  const kernel = new LocalKernel()
  const reason = await inProcess(kernel, async () => {
    spawnMonitor(async () => {
      Process.exit(self(), 'normal')
      await receive()
    })
    return ((await receive()) as unknown as readonly unknown[])[4]
  })
  expect(reason).toBe(normal)
})

test('spawnLink links the new process to the one that starts it, before it runs', async () => {
  const kernel = new LocalKernel()
  const mine = new Idle(kernel)
  mine.as(() => Process.flag('trapExit', true))
  const pid = mine.as(() => spawnLink(() => exit(boom)))
  await settled()
  expect(mine.messages).toEqual([tuple(EXIT, pid, boom)])
})

test('demonitor with flush removes a DOWN message that has arrived', async () => {
  const kernel = new LocalKernel()
  const left = await inProcess(kernel, async () => {
    const other = new Idle(kernel)
    const refs = [monitor(other.pid), monitor(other.pid)] as const
    other.process.exit(normal)
    expect(demonitor(refs[0], { flush: true })).toBe(false)
    expect(demonitor(refs[1])).toBe(false)
    return Process.info(self())!.messages
  })
  expect(left).toHaveLength(1)
})

test('twenty thousand processes in one chain of links end together', async () => {
  const kernel = new LocalKernel()
  const chain = Array.from({ length: 20_000 }, () => kernel.create())
  chain.forEach((process, index) => {
    if (index > 0) process.links.link(chain[index - 1]!.pid)
  })
  chain[10_000]!.exit(boom)
  expect(kernel.processes()).toEqual([])
})

test('links and monitors are informed also when a listener of the AbortSignal throws', async () => {
  const kernel = new LocalKernel()
  const [first, second] = [new Idle(kernel), new Idle(kernel)]
  second.as(() => Process.flag('trapExit', true))
  second.as(() => link(first.pid))
  const seen: unknown[] = []
  const thrown = new Error('a cleanup that fails')
  first.process.onExit(() => {
    throw thrown
  })
  const listener = (error: unknown): void => void seen.push(error)
  globalThis.process.prependOnceListener('uncaughtException', listener)
  const others = globalThis.process.listeners('uncaughtException').filter((other) => other !== listener)
  for (const other of others) globalThis.process.off('uncaughtException', other)
  try {
    first.process.exit(boom)
    await settled()
  } finally {
    for (const other of others) globalThis.process.on('uncaughtException', other)
  }
  expect(seen).toEqual([thrown])
  expect(second.messages).toHaveLength(1)
})

test('the code of an ended process has no effect', async () => {
  const kernel = new LocalKernel()
  const other = new Idle(kernel)
  const ghost = kernel.create()
  ghost.handle(() => {})
  let spawned: Pid | undefined
  let ran = false
  ghost.exit(boom)
  const { runInProcess } = await import('../../../src/process/index.ts')
  runInProcess(ghost, () => {
    send(other.pid, 'from a ghost')
    Process.exit(other.pid, 'kill')
    link(other.pid)
    monitor(other.pid)
    Process.sendAfter(other.pid, 'later', 0)
    spawned = spawn(() => {
      ran = true
    })
  })
  await settled()
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(other.messages).toEqual([])
  expect(other.alive).toBe(true)
  expect(other.process.monitors.monitoredBy).toEqual([])
  expect(ran).toBe(false)
  expect(kernel.process(spawned!)).toBeUndefined()
})
