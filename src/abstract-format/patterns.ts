import type { AnyNode, Expression } from 'acorn'
import { Atom, atom, isTuple, tuple } from '../term/index.ts'
import type { Context } from './context.ts'
import { atomForm, bif, type Form, form, listForm, numberForm, variable } from './forms.ts'
import type { Scope } from './scope.ts'

/** Erlang form of a pattern of `receive` and `match`: an Erlang pattern, and guard tests that must be true. */
export interface ErlangPattern {
  readonly pattern: Form
  readonly guards: readonly Form[]
  /** Checks that fail for captured values that have another meaning in a pattern. */
  readonly checks: readonly Form[]
}

/** Wildcards whose guard test is one BIF. */
const GUARDS: Readonly<Record<string, string>> = {
  pid: 'is_pid',
  ref: 'is_reference',
  port: 'is_port',
  fun: 'is_function',
  atom: 'is_atom',
  boolean: 'is_boolean',
  number: 'is_number',
  integer: 'is_number',
  float: 'is_number',
  string: 'is_binary',
  list: 'is_list',
  tuple: 'is_tuple',
  map: 'is_map',
}

/** Translates the first argument of `on(pattern, handler)`. */
export function erlangPattern(node: AnyNode, scope: Scope, context: Context): ErlangPattern {
  const guards: Form[] = []
  const checks: Form[] = []
  const translate = (node: AnyNode): Form => {
    const line = context.line(node)
    const isBuiltin = (name: string): boolean => context.isBuiltin(name, node, scope)
    const wildcard = (kind: string): Form => {
      const own = variable(line, context.fresh('any'))
      const op = (operator: string, left: Form, right: Form): Form =>
        form('op', line, atom(operator), left, right)
      guards.push(bif(line, GUARDS[kind]!, [own]))
      const isSafe = op('=<', bif(line, 'abs', [own]), numberForm(line, Number.MAX_SAFE_INTEGER))
      // A float without a fraction is an integer in JavaScript, and an integer that is not safe is a bigint.
      if (kind === 'integer') guards.push(isSafe, op('==', own, bif(line, 'trunc', [own])))
      if (kind === 'number' || kind === 'float')
        guards.push(op('orelse', bif(line, 'is_float', [own]), isSafe))
      // The test fails for an improper list.
      if (kind === 'list') guards.push(op('>=', bif(line, 'length', [own]), numberForm(line, 0)))
      // In Moebi `true`, `false` and `nil` are not atoms.
      if (kind === 'atom')
        for (const word of [true, false, null]) guards.push(op('=/=', own, atomForm(line, word)))
      return own
    }
    switch (node.type) {
      case 'Identifier':
        if (node.name === '_' && isBuiltin('_')) return variable(line, context.fresh('any'))
        return value(node)
      case 'MemberExpression': {
        const { object, property } = node
        const ofWildcard = object.type === 'Identifier' && object.name === '_' && isBuiltin('_')
        if (!ofWildcard || property.type !== 'Identifier') return value(node)
        if (property.name === 'any') return variable(line, context.fresh('any'))
        if (!Object.hasOwn(GUARDS, property.name))
          context.fail(node, `The pattern _.${property.name} has no exact meaning in Erlang.`)
        return wildcard(property.name)
      }
      case 'ArrayExpression':
        return form(
          'tuple',
          line,
          node.elements.map((element) => translate(present(element, node))),
        )
      case 'ObjectExpression':
        return form(
          'map',
          line,
          node.properties.map((property) => {
            if (property.type !== 'Property' || property.computed || property.key.type !== 'Identifier')
              return context.fail(property, 'A pattern of a map has names as keys.')
            const key = context.key(property.key.name, property.key)
            return tuple(atom('map_field_exact'), line, key, translate(property.value))
          }),
        )
      case 'CallExpression': {
        const { callee } = node
        const word = callee.type === 'Identifier' && isBuiltin(callee.name) ? callee.name : undefined
        if (word === 'tuple') return form('tuple', line, node.arguments.map(translate))
        if (word === 'list') return listForm(line, node.arguments.map(translate))
        if (word === 'listOf') {
          const [items] = node.arguments
          if (items?.type === 'Identifier' && items.name === '_') return wildcard('list')
          return context.fail(node, 'listOf(pattern) has no exact meaning in an Erlang pattern. Use _.list.')
        }
        return value(node)
      }
      default:
        return value(node)
    }
  }
  const value = (node: AnyNode): Form => {
    const isLiteral =
      node.type === 'Literal' ||
      node.type === 'Identifier' ||
      (node.type === 'TemplateLiteral' && node.expressions.length === 0) ||
      (node.type === 'UnaryExpression' && node.operator === '-' && node.argument.type === 'Literal')
    const isAtom = node.type === 'CallExpression' && (node.callee as { name?: string }).name === 'atom'
    const translated = isLiteral || isAtom ? context.expression(node as Expression, scope) : undefined
    const tag = translated === undefined ? undefined : tagOf(translated)
    if (translated === undefined || !CONSTANTS.includes(tag!))
      return context.fail(
        node,
        'A pattern holds wildcards, literals and names, and nothing that is computed.',
      )
    if (tag === 'atom' || tag === 'bin') return translated
    // 1 and 1.0 are the same number in JavaScript, and `==` compares them so.
    const line = context.line(node)
    const own = variable(line, context.fresh('any'))
    if (tag === 'var') checks.push(context.helper(line, 'pinned', [translated]))
    guards.push(form('op', line, atom('=='), own, translated))
    return own
  }
  const present = (element: AnyNode | null, node: AnyNode): AnyNode =>
    element ?? context.fail(node, 'A pattern has no holes. Write _ for what may be anything.')
  const pattern = translate(node)
  return { pattern, guards, checks }
}

/** Kinds of the forms of literals and names. */
const CONSTANTS: readonly string[] = ['atom', 'integer', 'float', 'var', 'bin', 'op']

function tagOf(translated: Form): string | undefined {
  const [tag] = isTuple(translated) ? (translated.elements as readonly unknown[]) : []
  return tag instanceof Atom ? tag.name : undefined
}
