import type { LocalProcess } from '../../process/index.ts'
import { atom, isTuple, kill, noproc, type Pid, shutdown, type Term } from '../../term/index.ts'
import type { Shutdown } from './child-spec.ts'

const EXIT = atom('EXIT')

/** Ends a linked process as its shutdown value says, and returns its exit reason. */
export function terminateProcess(pid: Pid, how: Shutdown, process: LocalProcess): Promise<Term> {
  const { kernel } = process
  return new Promise((resolve) => {
    let ended = false
    let cancel = (): void => {}
    process.monitors.monitor(pid, (reason) => {
      ended = true
      cancel()
      // The exit signal of a process that ended earlier has brought its reason.
      resolve(reason === noproc ? (takeExit(pid, process) ?? reason) : reason)
    })
    // From here on only the monitor reports the exit.
    process.links.unlink(pid)
    if (ended) return
    const tell = (reason: Term): void => kernel.signal({ type: 'exit2', from: process.pid, to: pid, reason })
    if (how === 'brutal_kill') return tell(kill)
    tell(shutdown)
    if (!ended && how !== Number.POSITIVE_INFINITY) cancel = kernel.clock.schedule(how, () => tell(kill))
  })
}

function takeExit(pid: Pid, { mailbox }: LocalProcess): Term | undefined {
  for (let i = 0; i < mailbox.length; i++) {
    const message = mailbox.at(i)
    if (!isTuple(message) || message.elements[0] !== EXIT || message.elements[1] !== pid) continue
    mailbox.remove(i)
    return message.elements[2] as Term
  }
  return undefined
}
