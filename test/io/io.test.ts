import { beforeEach, expect, test } from 'vitest'
import { IO, startGroupLeader } from '../../src/io/index.ts'
import {
  type Kernel,
  LocalKernel,
  type LocalProcess,
  runInProcess,
  setDefaultKernel,
} from '../../src/process/index.ts'
import { atom, isTuple, type Pid, type Term, tuple } from '../../src/term/index.ts'
import { Memory } from './device.ts'

let device: Memory
let kernel: Kernel
let leader: LocalProcess

beforeEach(() => {
  device = new Memory()
  kernel = new LocalKernel()
  leader = startGroupLeader(kernel, device)
  kernel.user = leader.pid
  setDefaultKernel(kernel)
})

/** Runs a function as a process and returns its exit reason. */
function ended(fn: () => unknown, groupLeader?: Pid): Promise<Term> {
  const watcher = kernel.create()
  return new Promise((resolve) => {
    const process = kernel.spawn(fn, { groupLeader })
    watcher.monitors.monitor(process.pid, resolve)
  })
}

test('text goes to the group leader, and a process exits after its output was written', async () => {
  expect(
    await ended(() => {
      expect(IO.puts('hi')).toBe(atom('ok'))
      IO.write('a')
      IO.write([98, ['c']])
      IO.puts(atom('ok'))
      IO.puts(12)
      expect(IO.inspect(tuple(atom('a'), 1))).toEqual(tuple(atom('a'), 1))
      IO.inspect([1], { label: 'list' })
    }),
  ).toBe(atom('normal'))
  expect(device.written).toBe('hi\nabcok\n12\n{:a, 1}\nlist: [1]\n')
})

test('a value that is not text is refused with a sentence', () => {
  expect(() => IO.puts({ a: 1 } as never)).toThrow('IO.puts prints text, got %{a: 1}')
})

test('code outside of processes can print, and no process remains', async () => {
  const before = kernel.processes().length
  IO.puts('from nowhere')
  await expect.poll(() => device.written).toBe('from nowhere\n')
  await expect.poll(() => kernel.processes().length).toBe(before)
})

test('gets waits for a line, and returns the atom eof at the end of the input', async () => {
  device.type('joe\n', 'abc\n', undefined)
  const read: Term[] = []
  await ended(async () => {
    read.push(await IO.gets('name? '), await IO.getn('', 2), await IO.gets(), await IO.gets())
  })
  expect(read).toEqual(['joe\n', 'ab', 'c\n', atom('eof')])
})

test('a process whose group leader is dead exits with terminated when it writes', async () => {
  leader.exit(atom('kill'))
  const reason = await ended(async () => {
    IO.puts('to nobody')
    await new Promise(() => {})
  }, leader.pid)
  expect(isTuple(reason) ? reason.elements[0] : reason).toBe(atom('terminated'))
})

test('a group leader that dies during a write does not block the writer', async () => {
  const deaf = kernel.create()
  const reason = ended(() => {
    IO.puts('to one who never answers')
  }, deaf.pid)
  await expect.poll(() => deaf.mailbox.length).toBe(1)
  deaf.exit(atom('kill'))
  const ending = await reason
  expect(isTuple(ending) ? ending.elements[0] : ending).toBe(atom('terminated'))
})

test('replies do not appear in the mailbox of the client', async () => {
  const process = kernel.create()
  runInProcess(process, () => IO.puts('quiet'))
  await expect.poll(() => device.written).toBe('quiet\n')
  expect(process.mailbox.length).toBe(0)
})

test('a device may be given by its name', async () => {
  kernel.register(leader, atom('printer'))
  await ended(() => {
    IO.puts('printer', 'by name')
    IO.puts(leader.pid, 'by pid')
  })
  expect(device.written).toBe('by name\nby pid\n')
})
