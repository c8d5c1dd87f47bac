import type { AnyNode, Expression } from 'acorn'
import { atom, tuple } from '../term/index.ts'
import { callExpression } from './calls.ts'
import type { Context } from './context.ts'
import { atomForm, branch, type Form, form, matchForm, nil, numberForm, variable } from './forms.ts'
import type { HelperName } from './runtime.ts'
import type { Scope } from './scope.ts'
import { isNil, stringOf, textForm } from './text.ts'

const OPERATORS: Readonly<Record<string, HelperName>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '%': 'remainder',
  '**': 'power',
}

/** Translates an expression of JavaScript. */
export function expressionForm(node: Expression, scope: Scope, context: Context, awaited: boolean): Form {
  const line = context.line(node)
  const translate = (part: Expression): Form => context.expression(part, scope)
  switch (node.type) {
    case 'Literal':
      return literal(node.value, node, context)
    case 'Identifier':
      return name(node.name, node, scope, context)
    case 'TemplateLiteral':
      return template(node, scope, context)
    case 'ArrayExpression':
      return arrayForm(node.elements, node, scope, context)
    case 'ObjectExpression':
      return objectForm(node, scope, context)
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      if (node.async) context.asyncValue()
      return context.fun(node, scope)
    case 'ParenthesizedExpression':
      return context.expression(node.expression, scope, awaited)
    case 'AwaitExpression':
      return context.expression(node.argument, scope, true)
    case 'SequenceExpression':
      return form('block', line, node.expressions.map(translate))
    case 'ConditionalExpression':
      return branch(
        line,
        context.condition(node.test, scope),
        [context.expression(node.consequent, scope, awaited)],
        [context.expression(node.alternate, scope, awaited)],
      )
    case 'UnaryExpression':
      return unary(node.operator, node.argument, node, scope, context)
    case 'BinaryExpression':
      if (node.left.type === 'PrivateIdentifier')
        return context.fail(node, 'A private name has no meaning in Erlang.')
      return binary(node, scope, context)
    case 'LogicalExpression': {
      const left = variable(line, context.fresh('left'))
      const bound = matchForm(line, left, translate(node.left))
      const right = [context.expression(node.right, scope, awaited)]
      if (node.operator === '??')
        return form('block', line, [
          bound,
          branch(line, form('op', line, atom('=:='), left, nil(line)), right, [left]),
        ])
      const test = context.helper(line, 'truthy', [left])
      return form('block', line, [
        bound,
        node.operator === '&&' ? branch(line, test, right, [left]) : branch(line, test, [left], right),
      ])
    }
    case 'MemberExpression':
    case 'ChainExpression':
    case 'CallExpression':
      return callExpression(node, scope, context, awaited)
    case 'AssignmentExpression':
    case 'UpdateExpression':
      return context.fail(
        node,
        'A variable of Erlang has one value: what changes it has no exact meaning there. Use const.',
      )
    case 'ThisExpression':
      return context.fail(node, '`this` has no meaning in Erlang.')
    case 'NewExpression':
      return context.fail(node, '`new` has no exact meaning in Erlang.')
    case 'TaggedTemplateExpression':
      return context.fail(node, 'A tagged template cannot be a part of a function that is translated.')
    default:
      return context.fail(node, `${node.type} has no exact meaning in Erlang.`)
  }
}

/** Translates a condition. The value of the form is `true` or `false` for every value. */
export function conditionForm(node: Expression, scope: Scope, context: Context): Form {
  const line = context.line(node)
  const translated = context.expression(node, scope)
  return isTest(node) ? translated : context.helper(line, 'truthy', [translated])
}

function isTest(node: Expression): boolean {
  if (node.type === 'Literal') return typeof node.value === 'boolean'
  if (node.type === 'UnaryExpression') return node.operator === '!'
  return node.type === 'BinaryExpression' && /^([<>]=?|[!=]==?)$/.test(node.operator)
}

function literal(value: unknown, node: AnyNode, context: Context): Form {
  const line = context.line(node)
  if (value === null || typeof value === 'boolean') return atomForm(line, value)
  if (typeof value === 'number') return numberForm(line, value)
  if (typeof value === 'string') return textForm(value, node, context)
  return context.fail(
    node,
    typeof value === 'bigint'
      ? 'A bigint has no exact meaning in Erlang, where it is not told apart from other integers. Write a number.'
      : 'A regular expression has no exact meaning in Erlang.',
  )
}

function name(text: string, node: AnyNode, scope: Scope, context: Context): Form {
  const line = context.line(node)
  const declared = scope.find(text)
  if (declared?.pending)
    return context.fail(
      node,
      `${text} is used before its declaration. In Erlang a variable is declared before the functions that use it.`,
    )
  if (!declared && text === 'undefined') return nil(line)
  if (context.isAsync(text, node, scope)) context.asyncValue()
  if (declared) return variable(line, declared.variable)
  const captured = context.captured(text, node)
  if (captured) return captured
  if (text === 'NaN' || text === 'Infinity')
    return context.fail(node, `${text} is no number of Erlang, whose floats are finite.`)
  return context.fail(
    node,
    text in context.builtins || text in globalThis
      ? `${text} has no exact meaning in Erlang here.`
      : `${text} is not declared. A module of the other node is called by name: ${text}.function().`,
  )
}

function template(
  node: Extract<Expression, { type: 'TemplateLiteral' }>,
  scope: Scope,
  context: Context,
): Form {
  const line = context.line(node)
  if (node.expressions.length === 0) return textForm(node.quasis[0]!.value.cooked ?? '', node, context)
  const parts = node.quasis.flatMap(({ value }, index) => {
    const expression = node.expressions[index]
    const fixed = textForm(value.cooked ?? '', node, context)
    return expression ? [fixed, stringOf(expression, scope, context)] : [fixed]
  })
  const element = (part: Form): Form =>
    tuple(atom('bin_element'), line, part, atom('default'), [atom('binary')])
  return form('bin', line, parts.map(element))
}

function arrayForm(
  elements: Extract<Expression, { type: 'ArrayExpression' }>['elements'],
  node: AnyNode,
  scope: Scope,
  context: Context,
): Form {
  const line = context.line(node)
  return elements.reduceRight<Form>(
    (rest, element) => {
      if (!element) return context.fail(node, 'A list has no holes.')
      if (element.type !== 'SpreadElement')
        return form('cons', line, context.expression(element, scope), rest)
      const items = context.helper(line, 'items', [context.expression(element.argument, scope)])
      return form('op', line, atom('++'), items, rest)
    },
    form('nil', line),
  )
}

function objectForm(
  node: Extract<Expression, { type: 'ObjectExpression' }>,
  scope: Scope,
  context: Context,
): Form {
  const line = context.line(node)
  return node.properties.reduce<Form>(
    (map, property) => {
      if (property.type === 'SpreadElement')
        return form(
          'call',
          line,
          form('remote', line, atomForm(line, atom('maps')), atomForm(line, atom('merge'))),
          [map, context.helper(line, 'fields', [context.expression(property.argument, scope)])],
        )
      if (property.computed || property.kind !== 'init')
        return context.fail(property, 'A key of a map is a name here, and its value is given at once.')
      const { key } = property
      const text = key.type === 'Identifier' ? key.name : String((key as { value: unknown }).value)
      if (isNil(property.value, scope) && property.value.type === 'Identifier')
        return context.fail(
          property,
          'A key whose value is undefined is left out of a map. Leave it out here, or write null.',
        )
      if (text === '__proto__' && !property.shorthand)
        return context.fail(property, 'A prototype has no meaning in Erlang.')
      const field = tuple(
        atom('map_field_assoc'),
        line,
        atomForm(line, atom(text)),
        context.expression(property.value, scope),
      )
      return form('map', line, map, [field])
    },
    form('map', line, []),
  )
}

function unary(
  operator: string,
  argument: Expression,
  node: Expression,
  scope: Scope,
  context: Context,
): Form {
  const line = context.line(node)
  if (operator === '!') return form('op', line, atom('not'), context.condition(argument, scope))
  if (operator === '-' && argument.type === 'Literal' && typeof argument.value === 'number')
    return numberForm(line, -argument.value)
  if (operator === '-') return context.helper(line, 'negate', [context.expression(argument, scope)])
  return context.fail(node, `The operator ${operator} has no exact meaning in Erlang.`)
}

function binary(
  node: Extract<Expression, { type: 'BinaryExpression' }>,
  scope: Scope,
  context: Context,
): Form {
  const line = context.line(node)
  const { operator } = node
  const ofNil = isNil(node.left, scope) || isNil(node.right, scope)
  if (ofNil && /^[!=]==$/.test(operator))
    return context.fail(
      node,
      `null and undefined are both nil in Erlang, so ${operator} does not tell them apart. Write ${operator.slice(0, 2)} null.`,
    )
  const left = context.expression(node.left as Expression, scope)
  const right = context.expression(node.right, scope)
  if (ofNil && /^[!=]=$/.test(operator))
    return form('op', line, atom(operator === '==' ? '=:=' : '=/='), left, right)
  const helper = (name: HelperName, ...args: Form[]): Form => context.helper(line, name, args)
  const not = (test: Form): Form => form('op', line, atom('not'), test)
  switch (operator) {
    case '===':
      return helper('equal', left, right)
    case '!==':
      return not(helper('equal', left, right))
    case '<':
      return helper('less', left, right)
    case '>':
      return helper('greater', left, right)
    case '<=':
      return not(helper('greater', left, right))
    case '>=':
      return not(helper('less', left, right))
    case '==':
    case '!=':
      return context.fail(
        node,
        `${operator} converts types, which has no exact meaning in Erlang. Write ${operator}=.`,
      )
    default: {
      const name = OPERATORS[operator]
      if (!name) return context.fail(node, `The operator ${operator} has no exact meaning in Erlang.`)
      return helper(name, left, right)
    }
  }
}
