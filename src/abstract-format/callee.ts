import type { Expression } from 'acorn'
import type { Context } from './context.ts'
import { type Form, variable } from './forms.ts'
import type { Scope } from './scope.ts'
import { isFunction } from './statements.ts'

/**
 * Translates a function expression that is called immediately. It may be async, unlike a function that is passed as a value.
 *
 * @param awaited whether the caller awaits the result of a function that is not async
 */
export function functionForm(node: Expression, scope: Scope, context: Context, awaited = false): Form {
  if (isFunction(node)) return context.fun(node, scope, undefined, awaited || node.async)
  if (node.type !== 'Identifier' || !context.isAsync(node.name, node, scope))
    return context.expression(node, scope)
  const declared = scope.find(node.name)
  return declared ? variable(context.line(node), declared.variable) : context.captured(node.name, node)!
}
