import { callServer, sys as Sys } from '../../../gen/index.ts'
import { atom, ErlangError, ExportFun, Fun, type Term, tuple } from '../../../term/index.ts'
import { type Functions, onTerms } from '../../value/index.ts'
import { millisecondsOf, serverOf } from './server-argument.ts'

const SYSTEM = atom('system')

function ask(server: Term, request: Term, name: string, args: readonly Term[], timeout: Term): Promise<Term> {
  const shownArgs = timeout === undefined ? args : [...args, timeout]
  const options = { shownServer: server, shownArgs, ...timeoutOption(timeout) }
  return callServer(serverOf(server), SYSTEM, request, options, ['sys', name])
}

// A timeout that is not given is not shown in the error of a failed call.
function timeoutOption(timeout: Term): { readonly timeout?: number } {
  return timeout === undefined ? {} : { timeout: millisecondsOf(timeout) }
}

/** Returns the function for a request that is one atom. */
const simple =
  (name: string) =>
  (server: Term, timeout: Term = undefined): Promise<Term> =>
    ask(server, atom(name), name, [], timeout)

/** Returns the function for a request `{debug, {Name, Flag}}`. */
const debug =
  (name: string) =>
  async (server: Term, flag: Term, timeout: Term = undefined): Promise<Term> =>
    ask(server, tuple(atom('debug'), tuple(atom(name), flag)), name, [flag], timeout)

/** The module `sys`, without the functions that a server calls for itself. @see https://www.erlang.org/doc/apps/stdlib/sys */
export const sys: Functions = onTerms({
  get_state: (server: Term, timeout: Term = undefined) =>
    Sys.getState(serverOf(server), timeoutOption(timeout)),
  get_status: simple('get_status'),
  log: debug('log'),
  no_debug: (server: Term, timeout: Term = undefined) =>
    ask(server, tuple(atom('debug'), atom('no_debug')), 'no_debug', [], timeout),
  replace_state: (server: Term, fun: Term, timeout: Term = undefined) =>
    Sys.replaceState(serverOf(server), callerOf(fun), timeoutOption(timeout)),
  resume: simple('resume'),
  statistics: debug('statistics'),
  suspend: simple('suspend'),
  terminate: (server: Term, reason: Term, timeout: Term = undefined) =>
    ask(server, tuple(atom('terminate'), reason), 'terminate', [reason], timeout),
  trace: debug('trace'),
})

/** A server of this node gets a function that calls the fun; a server of another node gets the fun. */
function callerOf(fun: Term): (state: Term) => Term {
  if (!(fun instanceof Fun || fun instanceof ExportFun)) throw new ErlangError(tuple(atom('badfun'), fun))
  return fun as never
}
