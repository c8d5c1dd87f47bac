import type { Pattern } from 'acorn'
import type { Context } from './context.ts'
import { type Form, matchForm, numberForm, variable } from './forms.ts'
import type { Scope } from './scope.ts'

/** Returns the expressions that bind the names of a JavaScript pattern to the parts of a value, and declares the names. */
export function destructure(pattern: Pattern, value: Form, scope: Scope, context: Context): Form[] {
  const line = context.line(pattern)
  if (pattern.type === 'Identifier') {
    const own = context.fresh(pattern.name)
    scope.declare(pattern.name, own)
    return [matchForm(line, variable(line, own), context.known(value))]
  }
  if (pattern.type !== 'ArrayPattern' && pattern.type !== 'ObjectPattern')
    context.fail(
      pattern,
      pattern.type === 'AssignmentPattern'
        ? 'A default has no exact meaning in Erlang, where undefined and null are both nil. Use value ?? other.'
        : 'A name is expected here: what is declared, and not what is changed, has an exact meaning in Erlang.',
    )
  const whole = context.fresh('whole')
  const isArray = pattern.type === 'ArrayPattern'
  if ((isArray ? pattern.elements : pattern.properties).length === 0)
    context.fail(pattern, 'A pattern without names has no meaning here.')
  const part = (key: Form): Form => context.helper(line, 'get', [variable(line, whole), key])
  const parts =
    pattern.type === 'ArrayPattern'
      ? pattern.elements.map((element, index) => [element, numberForm(line, index)] as const)
      : pattern.properties.map((property) => {
          if (property.type !== 'Property' || property.computed || property.key.type !== 'Identifier')
            return context.fail(property, 'Only names of properties can be taken from a value in Erlang.')
          return [property.value, context.key(property.key.name, property.key)] as const
        })
  return [
    matchForm(line, variable(line, whole), isArray ? context.helper(line, 'items', [value]) : value),
    ...parts.flatMap(([element, key]) =>
      element
        ? element.type === 'RestElement'
          ? context.fail(element, 'A rest element has no exact meaning in Erlang. Use list.slice(n).')
          : destructure(element, part(key), scope, context)
        : [],
    ),
  ]
}
