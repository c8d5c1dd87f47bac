import { DynamicSupervisor, GenServer, noreply, Registry, reply, Supervisor } from '../../src/gen/index.ts'
import { LocalKernel, type LocalProcess, monitor, Process, self } from '../../src/process/index.ts'
import { atom, kill, normal, type Pid, shutdown, type Term } from '../../src/term/index.ts'
import { eventually } from './eventually.ts'
import { inProcess, settled } from './processes.ts'

/** What is left in a kernel. All of it should be nothing. */
export interface Left {
  readonly processes: number
  readonly names: number
  readonly keys: number
  readonly timers: number
  readonly links: number
  readonly monitors: number
}

export interface Crashed {
  readonly crashes: number
  readonly starts: number
  /** Links and monitors of the supervisors when all was quiet, per child. */
  readonly quiet: { readonly links: number; readonly monitors: number; readonly children: number }
  readonly left: Left
}

const Worker = GenServer.define({
  init: ({ name, traps, started }: { name: string | undefined; traps: boolean; started: () => void }) => {
    Process.flag('trapExit', traps)
    Registry.register('Keys', atom('worker'), null)
    Process.sendAfter(self(), atom('late'), 3_600_000)
    monitor('keeper')
    started()
    return name
  },
  call: { ping: (state) => reply(atom('pong'), state) },
  cast: {
    crash: (): never => {
      throw new Error('as asked')
    },
  },
  info: (_message, state) => noreply(state),
})

const reasons: readonly Term[] = [kill, atom('boom'), shutdown, normal]

/**
 * Children under a `Supervisor` and a `DynamicSupervisor`, half of each, half of them with names, that crash at random for as
 * long as they are told to.
 */
export async function crashAtRandom(children: number, ms: number, random: () => number): Promise<Crashed> {
  let timers = 0
  const kernel = new LocalKernel({
    clock: {
      now: () => performance.now(),
      schedule(wait, fn) {
        timers++
        let open = true
        const close = (): void => {
          if (open) timers--
          open = false
        }
        const timer = setTimeout(() => {
          close()
          fn()
        }, wait)
        return () => {
          close()
          clearTimeout(timer)
        }
      },
    },
  })
  let starts = 0
  const started = (): void => void starts++
  const intensity = { maxRestarts: 1_000_000_000, maxSeconds: 5 }
  const keeper = kernel.create()
  keeper.handle(() => {})
  kernel.register(keeper, atom('keeper') as never)

  const spec = (index: number) => {
    const name = index % 2 === 0 ? `worker_${index}` : undefined
    return Worker.child(
      { name, traps: index % 3 === 0, started },
      { id: `worker_${index}`, name, restart: 'permanent' },
    )
  }
  const [registry, fixed, dynamic] = await inProcess(kernel, async () => {
    const registry = await Registry.start({ keys: 'duplicate', name: 'Keys' })
    const half = Array.from({ length: children / 2 }, (_, index) => spec(index))
    const fixed = await Supervisor.start(half, { strategy: 'one_for_one', ...intensity })
    const dynamic = await DynamicSupervisor.start(intensity)
    for (let index = children / 2; index < children; index++)
      await DynamicSupervisor.startChild(dynamic, spec(index))
    return [registry, fixed, dynamic] as const
  })

  const isWorker = ({ pid }: LocalProcess): boolean => ![keeper.pid, registry, fixed, dynamic].includes(pid)
  const end = performance.now() + ms
  let crashes = 0
  while (performance.now() < end) {
    const workers = kernel.processes().filter(isWorker)
    const victims = Math.min(workers.length, 200)
    for (let count = 0; count < victims; count++) {
      const { pid } = workers[Math.floor(random() * workers.length)]!
      if (!kernel.process(pid)) continue
      crashes++
      if (random() < 0.5) kernel.send(keeper.pid, pid, [atom('unheard_of')])
      if (random() < 0.3) await inProcess(kernel, () => GenServer.cast(pid, Worker.crash()))
      else kernel.process(pid)!.exit(reasons[Math.floor(random() * reasons.length)]!)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }

  const running = async (sup: Pid): Promise<number> =>
    (await inProcess(kernel, () => Supervisor.countChildren(sup))).active
  await eventually(
    'all children run again',
    async () => (await running(fixed)) + (await running(dynamic)) === children,
  )
  const supervisors = [kernel.process(fixed)!, kernel.process(dynamic)!]
  const sum = (count: (process: LocalProcess) => number): number =>
    supervisors.reduce((total, process) => total + count(process), 0)
  const quiet = {
    children: kernel.processes().filter(isWorker).length,
    links: sum(({ links }) => links.pids.size),
    monitors: sum(({ monitors }) => monitors.targets.length + monitors.monitoredBy.length),
  }

  await inProcess(kernel, async () => {
    await DynamicSupervisor.stop(dynamic, shutdown)
    await GenServer.stop(fixed, shutdown)
  })
  const keys = await inProcess(kernel, () => Registry.count('Keys'))
  await settled()
  const remaining = [kernel.process(registry)!, keeper]
  const left = {
    processes: kernel.processes().filter(isWorker).length,
    names: kernel.registered().length - 2,
    keys,
    timers,
    links: remaining.reduce((total, { links }) => total + links.pids.size, 0),
    monitors: remaining.reduce(
      (total, { monitors }) => total + monitors.targets.length + monitors.monitoredBy.length,
      0,
    ),
  }
  kernel.process(registry)!.exit(kill)
  keeper.exit(kill)
  return { crashes, starts, quiet, left }
}
