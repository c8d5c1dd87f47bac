import { type Kernel, type Report, reports } from '../../process/index.ts'
import { type Atom, atom, normal, Pid, type Reference, tuple } from '../../term/index.ts'

const OBSERVER = atom('moebi_observer') as Atom
const REPORT = atom('report')
const CHARACTERS = 20_000

/**
 * Sends `{moebi_observer, report, Map}` to an alias of an observer for each report of this node from level `error`, until the observer
 * ends.
 *
 * @returns the process that sends them
 */
export function watchReports(kernel: Kernel, observer: Pid, to: Reference): Pid {
  const process = kernel.create({ label: 'moebi_observer: reports' })
  process.handle(() => {})
  const listener = (message: unknown): void => {
    const { kernel: of, level, text, time, pid, registeredName } = message as Report
    if (of !== kernel || level !== 'error') return
    const what = {
      node: kernel.name,
      level: atom(level),
      time,
      text: text.slice(0, CHARACTERS),
      ...(pid instanceof Pid && { pid }),
      ...(registeredName && { name: registeredName }),
    }
    kernel.send(process.pid, to, tuple(OBSERVER, REPORT, what))
  }
  reports.subscribe(listener)
  process.onExit(() => reports.unsubscribe(listener))
  process.monitors.monitor(observer, () => process.exit(normal))
  return process.pid
}
