import { atom, type Pid, type Term } from '../../term/index.ts'
import { type ObservedNode, textOf } from '../remote/index.ts'
import type { Cluster } from './cluster.ts'
import { readPid, termText } from './pid-text.ts'

type Request = Readonly<Record<string, unknown>>
type Action = (request: Request) => Promise<string>

const STATE_TIMEOUT = 1_500

/** What the buttons of the page do with a process, by their names. Each returns a sentence, and `state` the state of a server. */
export function actionsOf(cluster: Cluster): ReadonlyMap<string, Action> {
  const onProcess =
    (act: (node: ObservedNode, pid: Pid) => Promise<string>): Action =>
    async ({ node: name, pid }) => {
      const node = cluster.node(String(name))
      try {
        return await act(node, readPid(node.name, pid))
      } catch (thrown) {
        throw new Error(cluster.explain(node.name.name, thrown))
      }
    }
  const call = async (
    node: ObservedNode,
    module: string,
    fn: string,
    args: readonly Term[],
  ): Promise<string> => termText(await node.call(module, fn, args), node.name)
  return new Map([
    ['state', onProcess(async (node, pid) => textOf(await node.state(pid, STATE_TIMEOUT)) ?? '')],
    ['suspend', onProcess((node, pid) => call(node, 'sys', 'suspend', [pid, STATE_TIMEOUT]))],
    ['resume', onProcess((node, pid) => call(node, 'sys', 'resume', [pid, STATE_TIMEOUT]))],
    ['kill', onProcess((node, pid) => call(node, 'erlang', 'exit', [pid, atom('kill')]))],
  ])
}
