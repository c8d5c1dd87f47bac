import { expect, test } from 'vitest'
import { defineModules, type Halt } from '../../../src/node/modules/index.ts'
import { type Atom, atom, ErlangError, type Fun, type Term } from '../../../src/term/index.ts'
import { Network } from '../network.ts'

/** Returns a function that calls a function of a node with this policy. */
function nodeWith(halt: Halt | undefined): (module: string, name: string, args: readonly Term[]) => unknown {
  const host = new Network().add('kate')
  const callFun = (fun: Fun): never => {
    throw new ErlangError(fun)
  }
  const unused = undefined as never
  defineModules({
    kernel: host.kernel,
    peers: host as never,
    cookies: unused,
    monitors: unused,
    subscriptions: unused,
    halt,
    callFun,
  })
  return (module, name, args) => host.kernel.apply(atom(module) as Atom, atom(name) as Atom, args)
}

test('a node that allows it is ended by other nodes: at once with a status, or in order', () => {
  const ended: (number | 'stop')[] = []
  const call = nodeWith((how) => void ended.push(how))
  call('erlang', 'halt', [])
  call('erlang', 'halt', [3])
  call('erlang', 'halt', ['slogan'])
  call('erlang', 'halt', [atom('abort'), []])
  call('init', 'stop', [])
  call('Elixir.System', 'stop', [1])
  expect(ended).toEqual([0, 3, 1, 1, 'stop', 'stop'])
  expect(() => call('erlang', 'halt', [atom('soon')])).toThrow(ErlangError)
})

test('other nodes are refused with what to do', () => {
  const call = nodeWith(undefined)
  expect(() => call('erlang', 'halt', [])).toThrow(/Start its node with the option allowHalt: true/)
  expect(() => call('init', 'stop', [])).toThrow(/not_allowed/)
  expect(() => call('erlang', 'get_cookie', [])).toThrow(/does not tell its cookie/)
})
