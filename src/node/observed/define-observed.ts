import { THIS_NODE } from '../../process/index.ts'
import { type Atom, atom, badarg, ErlangError, Pid, Reference, type Term } from '../../term/index.ts'
import type { PeerTable } from '../peers/index.ts'
import { nodeInfo } from './node-info.ts'
import { processDetail, processRow } from './process-rows.ts'
import { stateText } from './state-text.ts'
import { traceMessages } from './trace-messages.ts'
import { watchReports } from './watch-reports.ts'

/**
 * Defines the module `moebi_observer`, with which `moebi/observer` reads a Moebi node. Each function only reads, and its result is bounded:
 *
 * - `info()`: memory, event loop, links and zombies of the node
 * - `rows(Pids)`: a tuple for each process, `{Pid, undefined}` for one that has ended
 * - `detail(Pid)`: a map, or `undefined`
 * - `state(Pid, Timeout)`: the state of a server as text
 * - `watch(Observer, Alias)`: sends the reports from level `error` to an alias, until the observer ends
 * - `trace(Pid, Observer, Alias, Count)`: sends the messages that a process receives to an alias, as text
 */
export function defineObserved(peers: PeerTable): void {
  const { kernel } = peers
  const own = (pid: Term): Pid => (pid instanceof Pid && kernel.isLocal(pid) ? pid : fail())
  kernel.modules.define(
    ':moebi_observer',
    {
      info: () => nodeInfo(peers),
      rows: (pids: Term) => (Array.isArray(pids) ? pids.map((pid) => processRow(kernel, own(pid))) : fail()),
      detail: (pid: Term) => processDetail(kernel, own(pid)),
      state: (pid: Term, timeout: Term) =>
        typeof timeout === 'number' ? stateText(kernel, own(pid), timeout) : fail(),
      watch: (observer: Term, to: Term) =>
        observer instanceof Pid && to instanceof Reference ? watchReports(kernel, observer, to) : fail(),
      trace: (pid: Term, observer: Term, to: Term, count: Term) => {
        if (!(observer instanceof Pid && to instanceof Reference) || typeof count !== 'number') return fail()
        const process = kernel.process(own(pid))
        return process ? traceMessages(process, observer, to, count) : UNDEFINED
      },
    },
    THIS_NODE,
  )
}

const UNDEFINED = atom('undefined') as Atom

function fail(): never {
  throw new ErlangError(badarg)
}
