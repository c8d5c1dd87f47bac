import type { CallExpression, ChainExpression, Expression, MemberExpression, Super } from 'acorn'
import { snakeCase } from '../process/index.ts'
import { atom, nameToAtom, type Term } from '../term/index.ts'
import { builtins, methods } from './builtins.ts'
import { functionForm } from './callee.ts'
import type { Context } from './context.ts'
import { atomForm, type Form, listForm, remoteCall } from './forms.ts'
import { chainForm } from './optional-chain.ts'
import type { Scope } from './scope.ts'
import { isFunction } from './statements.ts'

/** Translates a call or a property access: of a built-in name, a module of the other node, a function or a value. */
export function callExpression(
  node: CallExpression | MemberExpression | ChainExpression,
  scope: Scope,
  context: Context,
  awaited: boolean,
): Form {
  if (node.type === 'ChainExpression') return chainForm(node, scope, context, awaited)
  if (node.type === 'MemberExpression') return property(node, scope, context)
  const line = context.line(node)
  const args = node.arguments.map((argument) =>
    argument.type === 'SpreadElement'
      ? context.fail(argument, 'Arguments of a number that is not known yet have no exact meaning in Erlang.')
      : argument,
  )
  const { callee } = node
  const path = freePath(callee, scope, context)
  const builtin = path !== undefined && Object.hasOwn(builtins, path) ? builtins[path] : undefined
  if (builtin) {
    if (args.length < builtin.arity[0] || args.length > builtin.arity[1])
      return context.fail(
        node,
        `${path} takes ${counted(builtin.arity)} where it is translated, got ${args.length}.`,
      )
    if (builtin.async && !awaited)
      return context.fail(
        node,
        `${path}(…) has to be awaited: in Erlang it returns its value, and no promise.`,
      )
    return builtin.translate({ node, line, args, scope, context, awaited })
  }
  if (path !== undefined) {
    const target = moduleFunction(path, context)
    if (target) return remoteCall(line, target.module, target.name, context.expressions(args, scope))
    return context.fail(node, `${path} has no exact meaning in Erlang.`)
  }
  const remote = remoteModule(callee, scope, context)
  if (remote) return remoteCall(line, remote.module, remote.name, context.expressions(args, scope))
  if (callee.type === 'MemberExpression') return method(callee, args, node, scope, context)
  return functionCall(node, callee, args, scope, context, awaited)
}

function functionCall(
  node: CallExpression,
  callee: Expression | Super,
  args: readonly Expression[],
  scope: Scope,
  context: Context,
  awaited: boolean,
): Form {
  const line = context.line(node)
  if (callee.type === 'Super') return context.fail(node, '`super` has no meaning in Erlang.')
  const name = callee.type === 'Identifier' ? callee.name : undefined
  const isAsync = isFunction(callee)
    ? callee.async
    : name !== undefined && context.isAsync(name, callee, scope)
  if (isAsync && !awaited)
    return context.fail(
      node,
      `${callee.type === 'Identifier' && !callee.name.includes(' ') ? `${name}(…)` : 'This call'} has to be awaited: in Erlang it returns its value, and no promise.`,
    )
  const isKnown = name !== undefined && (scope.find(name)?.known ?? true)
  if (!isFunction(callee) && !isKnown && !awaited) context.unawaited(node)
  return context.helper(line, 'call', [
    functionForm(callee, scope, context),
    listForm(line, context.expressions(args, scope)),
  ])
}

function method(
  { object, property, computed, optional }: MemberExpression,
  args: readonly Expression[],
  node: CallExpression,
  scope: Scope,
  context: Context,
): Form {
  const line = context.line(node)
  const known = !computed && property.type === 'Identifier' ? methods[property.name] : undefined
  if (
    !known ||
    !Object.hasOwn(methods, (property as { name: string }).name) ||
    optional ||
    object.type === 'Super'
  )
    return context.fail(
      node,
      `The method ${'name' in property ? property.name : '…'} has no exact meaning in Erlang. Translated are: ` +
        `${Object.keys(methods).join(', ')}.`,
    )
  if (args.length < known.least || args.length > known.most)
    return context.fail(
      node,
      `${known.helper} takes ${counted([known.least, known.most])} where it is translated.`,
    )
  const [callback] = args
  if (known.callback && callback) {
    const isAsync = isFunction(callback)
      ? callback.async
      : callback.type === 'Identifier' && context.isAsync(callback.name, callback, scope)
    if (isAsync)
      return context.fail(
        callback,
        `The function of ${known.helper} must not be async: its promises would be the result.`,
      )
    if (
      !isFunction(callback) &&
      !(callback.type === 'Identifier' && (scope.find(callback.name)?.known ?? true))
    )
      context.unawaited(node)
  }
  const missing = Array.from({ length: known.most - args.length }, () => atomForm(line, atom('$none')))
  return context.helper(line, known.helper, [
    context.expression(object, scope),
    ...context.expressions(args, scope),
    ...missing,
  ])
}

function property(node: MemberExpression, scope: Scope, context: Context): Form {
  const { object, property, computed } = node
  const line = context.line(node)
  const path = freePath(node, scope, context)
  if (path !== undefined)
    return context.fail(
      node,
      Object.hasOwn(constants, path) || moduleFunction(path, context) === undefined
        ? `${path} has no exact meaning in Erlang here.`
        : `${path} is a function of another node. Call it, or write () => ${path}().`,
    )
  if (object.type === 'Super' || property.type === 'PrivateIdentifier')
    return context.fail(node, 'A private or inherited property has no meaning in Erlang.')
  const key = computed
    ? context.expression(property as Expression, scope)
    : context.key((property as { name: string }).name, property)
  // JavaScript evaluates the object before the key.
  return context.helper(line, 'get', [context.expression(object, scope), key])
}

const constants: Readonly<Record<string, true>> = { 'Math.PI': true, 'Math.E': true }

/**
 * Translates a path such as `Chat.Users.find` whose first name is not declared here: a built-in name of Moebi or JavaScript, or a
 * module of the other node.
 */
function freePath(node: Expression | Super, scope: Scope, context: Context): string | undefined {
  if (node.type === 'Identifier')
    return scope.find(node.name) || context.captured(node.name, node) ? undefined : node.name
  if (node.type !== 'MemberExpression' || node.optional) return undefined
  const object = freePath(node.object, scope, context)
  if (object === undefined) return undefined
  const { property, computed } = node
  if (!computed && property.type === 'Identifier') return `${object}.${property.name}`
  if (computed && property.type === 'Literal' && typeof property.value === 'string')
    return `${object}['${property.value}']`
  return undefined
}

interface Target {
  readonly module: Term
  readonly name: string
}

/**
 * Translates the name of a remote function: `Kate.sayName` is `'Elixir.Kate':say_name`, and `lists.reverse` is `lists:reverse`. A
 * name in brackets, as in `Enum['empty?']`, is not changed.
 */
function moduleFunction(path: string, context: Context): Target | undefined {
  const literal = /^(.+)\['(.+)'\]$/.exec(path)
  const end = path.lastIndexOf('.')
  const module = literal ? literal[1]! : path.slice(0, Math.max(0, end))
  if (module === '' || !/^\w+(\.\w+)*$/.test(module)) return undefined
  const key = literal ? literal[2]! : path.slice(end + 1)
  for (const known of [context.builtins[module], (globalThis as Record<string, unknown>)[module]])
    if (
      known !== undefined &&
      known !== null &&
      ((typeof known !== 'object' && typeof known !== 'function') || key in (known as object))
    )
      return undefined
  const [root] = module.split('.')
  if (root !== module && (root! in context.builtins || root! in globalThis)) return undefined
  const isElixir = /^[A-Z]/.test(module)
  return {
    module: nameToAtom(isElixir ? module : `:${module}`),
    name: literal ? key : snakeCase(key),
  }
}

/** Translates `remote('Kate').sayName`. */
function remoteModule(callee: Expression | Super, scope: Scope, context: Context): Target | undefined {
  if (callee.type !== 'MemberExpression' || callee.computed || callee.property.type !== 'Identifier')
    return undefined
  const { object } = callee
  if (object.type !== 'CallExpression' || object.callee.type !== 'Identifier') return undefined
  const [name] = object.arguments
  if (!context.isBuiltin(object.callee.name, object, scope) || object.callee.name !== 'remote')
    return undefined
  if (name?.type !== 'Literal') return undefined
  if (typeof name.value !== 'string') return context.fail(object, 'remote takes the name of a module.')
  return { module: nameToAtom(name.value), name: snakeCase(callee.property.name) }
}

function counted([least, most]: readonly [number, number]): string {
  if (least === most) return `${least} ${least === 1 ? 'argument' : 'arguments'}`
  return `${least} to ${most} arguments`
}
