import type { AnyNode, Expression } from 'acorn'
import type { Context } from './context.ts'
import { type Form, stringForm } from './forms.ts'
import type { Scope } from './scope.ts'

/** Translates a string literal. */
export function textForm(value: string, node: AnyNode, context: Context): Form {
  if (/\p{Surrogate}/u.test(value))
    return context.fail(node, 'Half of a surrogate pair is no text in Erlang, where a string is UTF-8.')
  return stringForm(context.line(node), value)
}

/** Returns the form of `String(value)`. */
export function stringOf(node: Expression, scope: Scope, context: Context): Form {
  const line = context.line(node)
  if (isNil(node, scope)) return stringForm(line, node.type === 'Literal' ? 'null' : 'undefined')
  return context.helper(line, 'string', [context.expression(node, scope)])
}

/** Whether an expression is written as `null` or `undefined`. */
export function isNil(node: AnyNode, scope: Scope): boolean {
  if (node.type === 'Literal') return node.value === null && !('regex' in node)
  return node.type === 'Identifier' && node.name === 'undefined' && !scope.find('undefined')
}
