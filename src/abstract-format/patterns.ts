import type { AnyNode, Expression } from 'acorn'
import { Atom, atom, isTuple, tuple } from '../term/index.ts'
import type { Context } from './context.ts'
import { atomForm, bif, type Form, form, listForm, variable } from './forms.ts'
import type { Scope } from './scope.ts'

/** A pattern of `receive` and `match` in Erlang: a pattern, and tests that must be true as well. */
export interface ErlangPattern {
  readonly pattern: Form
  readonly guards: readonly Form[]
}

const GUARDS: Readonly<Record<string, string>> = {
  pid: 'is_pid',
  ref: 'is_reference',
  port: 'is_port',
  fun: 'is_function',
  atom: 'is_atom',
  boolean: 'is_boolean',
  number: 'is_number',
  integer: 'is_integer',
  bigint: 'is_integer',
  float: 'is_number',
  string: 'is_binary',
  bytes: 'is_binary',
  list: 'is_list',
  tuple: 'is_tuple',
  map: 'is_map',
}

/** Translates the first argument of `on(pattern, handler)`. */
export function erlangPattern(node: AnyNode, scope: Scope, context: Context): ErlangPattern {
  const guards: Form[] = []
  const translate = (node: AnyNode): Form => {
    const line = context.line(node)
    const isWord = (name: string): boolean => !scope.find(name) && name in context.words
    const wildcard = (kind: string): Form => {
      const own = variable(line, context.fresh('any'))
      guards.push(bif(line, GUARDS[kind]!, [own]))
      // `true`, `false` and `nil` are no atoms of Moebi.
      if (kind === 'atom')
        for (const word of [true, false, null])
          guards.push(form('op', line, atom('=/='), own, atomForm(line, word)))
      return own
    }
    switch (node.type) {
      case 'Identifier':
        if (node.name === '_' && isWord('_')) return variable(line, context.fresh('any'))
        return value(node)
      case 'MemberExpression': {
        const { object, property } = node
        const ofWildcard = object.type === 'Identifier' && object.name === '_' && isWord('_')
        if (!ofWildcard || property.type !== 'Identifier') return value(node)
        if (property.name === 'any') return variable(line, context.fresh('any'))
        if (!(property.name in GUARDS))
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
            const key = atomForm(line, atom(property.key.name))
            return tuple(atom('map_field_exact'), line, key, translate(property.value))
          }),
        )
      case 'CallExpression': {
        const { callee } = node
        const word = callee.type === 'Identifier' && isWord(callee.name) ? callee.name : undefined
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
    const translated = constant(context.expression(node as Expression, scope))
    return (
      translated ??
      context.fail(node, 'A pattern holds wildcards, literals and names, and nothing that is computed.')
    )
  }
  const present = (element: AnyNode | null, node: AnyNode): AnyNode =>
    element ?? context.fail(node, 'A pattern has no holes. Write _ for what may be anything.')
  const pattern = translate(node)
  return { pattern, guards }
}

/** The form itself where it is one that Erlang takes in a pattern. */
function constant(translated: Form): Form | undefined {
  if (!isTuple(translated)) return undefined
  const [tag] = translated.elements as readonly unknown[]
  const names = ['atom', 'integer', 'float', 'var', 'bin', 'nil', 'op']
  return tag instanceof Atom && names.includes(tag.name) ? translated : undefined
}
