import type { Clock } from '../../src/clock/index.ts'
import { type Kernel, LocalKernel, type Signal } from '../../src/process/index.ts'
import { type Atom, atom } from '../../src/term/index.ts'

/** Two kernels with a wire between them that takes its time and keeps the order, as a connection does. */
export interface TwoKernels {
  readonly a: Kernel
  readonly b: Kernel
  /** Every signal that was put on the wire, oldest first. */
  readonly sent: readonly { readonly from: Kernel; readonly signal: Signal }[]
  /** Takes the next signal from the wire that leads to this kernel; false when there is none. */
  step(to: Kernel): boolean
  /** Nothing arrives by itself any more: only {@link step} moves signals. */
  hold(): void
  /** Lets everything that is on its way arrive, and what follows from it. */
  settle(): Promise<void>
  /** The connection is lost with all that is on its way; both nodes hear of it. */
  cut(): void
  /** The connection is there again. */
  mend(): void
}

let next = 1

export function twoKernels(options: { clock?: Clock; latency?: () => Promise<void> } = {}): TwoKernels {
  const number = next++
  const kernel = (name: string, creation: number): Kernel =>
    new LocalKernel({
      name: atom(`${name}${number}@localhost`) as Atom,
      creation,
      ...(options.clock && { clock: options.clock }),
    })
  const a = kernel('a', 1)
  const b = kernel('b', 2)
  const sent: { from: Kernel; signal: Signal }[] = []
  const wires = new Map<Kernel, Signal[]>([
    [a, []],
    [b, []],
  ])
  let held = false
  let up = true
  let moving = 0

  const step = (to: Kernel): boolean => {
    const signal = wires.get(to)!.shift()
    if (signal) to.deliver(signal)
    return signal !== undefined
  }
  const join = (from: Kernel, to: Kernel): void => {
    from.router = {
      route(signal) {
        const node = signal.type === 'spawnRequest' ? signal.node : signal.to.node
        if (!up || node !== to.name) return from.rejectSignal(signal)
        sent.push({ from, signal })
        wires.get(to)!.push(signal)
        if (held) return
        moving++
        setImmediate(() => {
          moving--
          if (!held) step(to)
        })
      },
    }
  }
  join(a, b)
  join(b, a)

  return {
    a,
    b,
    sent,
    step,
    hold() {
      held = true
    },
    async settle() {
      do {
        if (held) while (step(a) || step(b));
        await new Promise((resolve) => setImmediate(resolve))
      } while (moving > 0 || wires.get(a)!.length > 0 || wires.get(b)!.length > 0)
      await new Promise((resolve) => setImmediate(resolve))
    },
    cut() {
      up = false
      wires.get(a)!.length = 0
      wires.get(b)!.length = 0
      a.nodeDown(b.name)
      b.nodeDown(a.name)
    },
    mend() {
      up = true
    },
  }
}
