import type { CallExpression, ChainExpression, Expression, Identifier, MemberExpression } from 'acorn'
import { atom } from '../term/index.ts'
import type { Context } from './context.ts'
import { branch, type Form, form, matchForm, nil, variable } from './forms.ts'
import { Scope } from './scope.ts'

type Link = MemberExpression | CallExpression

/** Name of a temporary variable. It contains a space, so no name of JavaScript is equal to it. */
const BEFORE = 'value before ?.'

/**
 * Translates a chain with `?.`. When the value before the first `?.` is nil, the result is nil. Otherwise the result is that of
 * the rest of the chain, with a variable in place of that value.
 */
export function chainForm(node: ChainExpression, scope: Scope, context: Context, awaited: boolean): Form {
  const whole = node.expression as Link
  const first = firstOptional(whole)
  if (!first) return context.expression(whole, scope, awaited)
  const before = headOf(first)
  if (first.type === 'CallExpression' && before.type === 'MemberExpression')
    return context.fail(before, 'A method that may be missing has no exact meaning in Erlang.')
  const line = context.line(node)
  const own = context.fresh('value')
  const inner = new Scope(scope)
  const isAsync = before.type === 'Identifier' && context.isAsync(before.name, before, scope)
  inner.declare(BEFORE, own, false, isAsync)
  const name: Identifier = { type: 'Identifier', name: BEFORE, start: before.start, end: before.end }
  const rest = { ...node, expression: replaceHead(whole, first, name) }
  return form('block', line, [
    matchForm(line, variable(line, own), context.expression(before, scope)),
    branch(
      line,
      form('op', line, atom('=:='), variable(line, own), nil(line)),
      [nil(line)],
      [context.expression(rest, inner, awaited)],
    ),
  ])
}

function headOf(link: Link): Expression {
  return (link.type === 'CallExpression' ? link.callee : link.object) as Expression
}

function isLink(node: Expression): node is Link {
  return node.type === 'CallExpression' || node.type === 'MemberExpression'
}

function firstOptional(link: Link): Link | undefined {
  const head = headOf(link)
  return (isLink(head) ? firstOptional(head) : undefined) ?? (link.optional ? link : undefined)
}

/** Returns the chain with `name` in place of the value before `first`, where `first` is no longer optional. */
function replaceHead(link: Link, first: Link, name: Identifier): Link {
  const head = link === first ? name : replaceHead(headOf(link) as Link, first, name)
  const optional = link !== first && link.optional
  return link.type === 'CallExpression'
    ? { ...link, optional, callee: head }
    : { ...link, optional, object: head }
}
