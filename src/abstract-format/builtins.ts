import type { AnyNode, CallExpression, Expression } from 'acorn'
import { Atom, atom, nameToAtom } from '../term/index.ts'
import { functionForm } from './callee.ts'
import type { Context, FunctionNode } from './context.ts'
import {
  atomForm,
  bif,
  clauseForm,
  type Form,
  form,
  funForm,
  listForm,
  matchForm,
  nil,
  remoteCall,
  variable,
} from './forms.ts'
import { erlangPattern } from './patterns.ts'
import type { HelperName } from './runtime.ts'
import type { Scope } from './scope.ts'
import { isFunction } from './statements.ts'
import { stringOf } from './text.ts'

/** Call of a built-in name of Moebi or JavaScript, such as `send(…)` or `IO.puts(…)`. */
interface Call {
  readonly node: CallExpression
  readonly line: number
  readonly args: readonly Expression[]
  readonly scope: Scope
  readonly context: Context
  readonly awaited: boolean
}

interface Builtin {
  /** Minimum and maximum number of arguments. */
  readonly arity: readonly [number, number]
  /** Whether its result is a promise in JavaScript. */
  readonly async?: boolean
  readonly translate: (call: Call) => Form
}

/** Built-in names that can be translated, as they are written in the code. */
export const builtins: Readonly<Record<string, Builtin>> = {
  self: plain(0, (line) => bif(line, 'self', [])),
  makeRef: plain(0, (line) => bif(line, 'make_ref', [])),
  exit: plain(1, (line, [reason]) => bif(line, 'exit', [reason!])),
  link: plain(1, (line, [pid]) => bif(line, 'link', [pid!])),
  unlink: plain(1, (line, [pid]) => bif(line, 'unlink', [pid!])),
  monitor: plain(1, (line, [pid]) => bif(line, 'monitor', [atomForm(line, atom('process')), pid!])),
  // With the option `info` the result is whether the monitor existed.
  demonitor: plain(1, (line, [ref]) =>
    bif(line, 'demonitor', [ref!, listForm(line, [atomForm(line, atom('info'))])]),
  ),
  spawn: { arity: [1, 1], translate: spawned('spawn') },
  spawnLink: { arity: [1, 1], translate: spawned('spawn_link') },
  send: {
    arity: [2, 2],
    translate: ({ line, args: [to, message], scope, context }) =>
      context.helper(line, 'send', [destination(to!, scope, context), context.expression(message!, scope)]),
  },
  sleep: {
    ...plain(1, (line, [ms]) =>
      form('block', line, [remoteCall(line, atom('timer'), 'sleep', [ms!]), nil(line)]),
    ),
    async: true,
  },
  receive: { arity: [0, 64], async: true, translate: receive },
  match: { arity: [2, 64], translate: match },
  atom: {
    arity: [1, 1],
    translate: ({ node, line, args: [name], context }) =>
      name!.type === 'Literal' && typeof name!.value === 'string'
        ? atomForm(line, atom(name!.value))
        : context.fail(node, 'atom(…) of a name that is not known yet has no exact meaning in Erlang.'),
  },
  tuple: {
    arity: [0, 255],
    translate: ({ line, args, scope, context }) => form('tuple', line, context.expressions(args, scope)),
  },
  'IO.puts': helped(1, 'puts'),
  'IO.inspect': helped(1, 'inspect'),
  'Node.self': plain(0, (line) => bif(line, 'node', [])),
  'Node.list': plain(0, (line) => bif(line, 'nodes', [])),
  'Process.exit': plain(2, (line, args) => bif(line, 'exit', args)),
  'Process.alive': plain(1, (line, args) => bif(line, 'is_process_alive', args)),
  'GenServer.call': {
    arity: [2, 2],
    async: true,
    translate: ({ line, args: [server, request], scope, context }) =>
      remoteCall(line, atom('gen_server'), 'call', [
        destination(server!, scope, context),
        context.expression(request!, scope),
      ]),
  },
  'GenServer.cast': {
    arity: [2, 2],
    translate: ({ line, args: [server, request], scope, context }) =>
      form('block', line, [
        remoteCall(line, atom('gen_server'), 'cast', [
          destination(server!, scope, context),
          context.expression(request!, scope),
        ]),
        nil(line),
      ]),
  },
  String: {
    arity: [1, 1],
    translate: ({ args: [value], scope, context }) => stringOf(value!, scope, context),
  },
  'Math.floor': helped(1, 'floor'),
  'Math.ceil': helped(1, 'ceil'),
  'Math.round': helped(1, 'round'),
  'Math.trunc': helped(1, 'trunc'),
  'Math.abs': helped(1, 'abs'),
  'Math.sqrt': helped(1, 'sqrt'),
  'Math.pow': helped(2, 'power'),
  'Math.max': extreme('max'),
  'Math.min': extreme('min'),
  'Array.isArray': helped(1, 'isArray'),
}

/** Methods of lists and strings that can be translated, with the number of arguments and the default values. */
export const methods: Readonly<
  Record<
    string,
    { readonly helper: HelperName; readonly least: number; readonly most: number; readonly callback?: true }
  >
> = {
  map: { helper: 'map', least: 1, most: 1, callback: true },
  filter: { helper: 'filter', least: 1, most: 1, callback: true },
  forEach: { helper: 'forEach', least: 1, most: 1, callback: true },
  reduce: { helper: 'reduce', least: 2, most: 2, callback: true },
  some: { helper: 'some', least: 1, most: 1, callback: true },
  every: { helper: 'every', least: 1, most: 1, callback: true },
  find: { helper: 'find', least: 1, most: 1, callback: true },
  flatMap: { helper: 'flatMap', least: 1, most: 1, callback: true },
  includes: { helper: 'includes', least: 1, most: 1 },
  join: { helper: 'join', least: 1, most: 1 },
  concat: { helper: 'concat', least: 1, most: 1 },
  slice: { helper: 'slice', least: 1, most: 2 },
  at: { helper: 'at', least: 1, most: 1 },
  toReversed: { helper: 'toReversed', least: 0, most: 0 },
  startsWith: { helper: 'startsWith', least: 1, most: 1 },
  endsWith: { helper: 'endsWith', least: 1, most: 1 },
  split: { helper: 'split', least: 1, most: 1 },
  replaceAll: { helper: 'replaceAll', least: 2, most: 2 },
  repeat: { helper: 'repeat', least: 1, most: 1 },
}

function plain(arity: number, make: (line: number, args: Form[]) => Form): Builtin {
  return {
    arity: [arity, arity],
    translate: ({ line, args, scope, context }) => make(line, context.expressions(args, scope)),
  }
}

function helped(arity: number, helper: HelperName): Builtin {
  return {
    arity: [arity, arity],
    translate: ({ line, args, scope, context }) =>
      context.helper(line, helper, context.expressions(args, scope)),
  }
}

function extreme(helper: 'max' | 'min'): Builtin {
  return {
    arity: [1, 255],
    translate: ({ line, args, scope, context }) =>
      context.helper(line, helper, [listForm(line, context.expressions(args, scope))]),
  }
}

function spawned(name: string): Builtin['translate'] {
  return ({ line, args: [fn], scope, context }) => {
    const call = context.helper(line, 'call', [functionForm(fn!, scope, context, true), form('nil', line)])
    return bif(line, name, [funForm(line, [], [call])])
  }
}

/**
 * Translates the receiver of a message. A literal string is a name of a process in Moebi's form; `{ name, node }` is a name on
 * another node.
 */
function destination(node: Expression, scope: Scope, context: Context): Form {
  const line = context.line(node)
  if (node.type === 'Literal' && typeof node.value === 'string') return atomForm(line, nameToAtom(node.value))
  if (node.type !== 'ObjectExpression') return context.expression(node, scope)
  const part = (key: string): Form => {
    const property = node.properties.find(
      (property) =>
        property.type === 'Property' && property.key.type === 'Identifier' && property.key.name === key,
    )
    if (property?.type !== 'Property' || node.properties.length !== 2)
      return context.fail(node, 'A process of another node is written { name, node }.')
    const { value } = property
    if (value.type !== 'Literal' || typeof value.value !== 'string') return context.expression(value, scope)
    return atomForm(line, key === 'name' ? nameToAtom(value.value) : Atom.intern(value.value))
  }
  return form('tuple', line, [part('name'), part('node')])
}

function receive({ node, line, args, scope, context }: Call): Form {
  if (args.length === 0) {
    const message = variable(line, context.fresh('message'))
    return form('receive', line, [clauseForm(line, [message], [], [message])])
  }
  const before: Form[] = []
  const calls = args.map((clause) => clauseCall(clause, ['on', 'after'], scope, context))
  const timeouts = calls.filter(({ word }) => word === 'after')
  if (timeouts.length > 1) context.fail(node, 'receive takes one after(ms, …).')
  const clauses = calls
    .filter(({ word }) => word === 'on')
    .map(({ clause }) => patternClause(clause, before, scope, context, true))
  const [timeout] = timeouts
  if (!timeout) return form('block', line, [...before, form('receive', line, clauses)])
  const [ms, handler] = timeout.clause.arguments as Expression[]
  if (!ms || !handler || !isFunction(handler))
    return context.fail(
      timeout.clause,
      'after takes a time in milliseconds and a function: after(ms, () => …).',
    )
  const body = context.inlined(handler, [], scope, true)
  return form('block', line, [...before, form('receive', line, clauses, context.expression(ms, scope), body)])
}

function match({ line, args: [value, ...clauses], scope, context, awaited }: Call): Form {
  const before: Form[] = []
  const translated = clauses.map((clause) =>
    patternClause(clauseCall(clause, ['on'], scope, context).clause, before, scope, context, awaited),
  )
  // JavaScript evaluates the value first, and the patterns before it looks for one that matches.
  const own = variable(line, context.fresh('value'))
  return form('block', line, [
    matchForm(line, own, context.known(context.expression(value!, scope))),
    ...before,
    form('case', line, own, translated),
  ])
}

function clauseCall(
  node: AnyNode,
  names: readonly string[],
  scope: Scope,
  context: Context,
): { readonly word: string; readonly clause: CallExpression } {
  if (node.type === 'CallExpression' && node.callee.type === 'Identifier') {
    const { name } = node.callee
    if (names.includes(name) && context.isBuiltin(name, node.callee, scope))
      return { word: name, clause: node }
  }
  return context.fail(node, `A clause is written here as ${names.join('(…) or ')}(…).`)
}

/** @param before receives the expressions that are evaluated before the clauses */
function patternClause(
  node: CallExpression,
  before: Form[],
  scope: Scope,
  context: Context,
  awaited: boolean,
): Form {
  const line = context.line(node)
  const [pattern, handler, third] = node.arguments
  if (third)
    return context.fail(
      node,
      'A guard of on(pattern, guard, handler) has no exact meaning in Erlang. Write the test as a pattern.',
    )
  if (!pattern || !handler || !isFunction(handler))
    return context.fail(node, 'on takes a pattern and a function here: on(pattern, (message) => …).')
  const message = variable(line, context.fresh('message'))
  const { pattern: translated, guards, checks } = erlangPattern(pattern, scope, context)
  before.push(...checks)
  if (handler.async && !awaited)
    return context.fail(handler, 'An async handler returns a promise: await match(…).')
  const body = context.inlined(handler as FunctionNode, [message], scope, awaited)
  return clauseForm(line, [matchForm(line, message, translated)], guards, body)
}
