import type { AnyNode, ForOfStatement, FunctionDeclaration, Statement, VariableDeclaration } from 'acorn'
import type { Context, FunctionNode } from './context.ts'
import { destructure } from './destructure.ts'
import { branch, type Form, funForm, matchForm, nil, variable } from './forms.ts'
import { Scope } from './scope.ts'

/** Maximum number of copies of the statements after an `if`: they are copied into each branch that does not return. */
const MAX_COPIES = 64

/**
 * Returns the expressions of a function's body. The last one is what the function returns, `nil` when it returns nothing.
 *
 * Erlang has no `return` in the middle of a function. The statements after an `if` that returns therefore become its other
 * branch.
 *
 * @param awaited whether the caller awaits the result of the function
 */
export function bodyForms(
  statements: readonly Statement[],
  scope: Scope,
  context: Context,
  awaited: boolean,
): Form[] {
  const top = new Scope(scope)
  return new Body(context, top, awaited).forms(statements, top, () => undefined)
}

/** Returns the expressions after the statements; undefined at the end of the function. */
type Rest = () => Form[] | undefined

class Body {
  readonly #context: Context
  /** The scope of the function's own block. */
  readonly #top: Scope
  readonly #awaited: boolean
  #copies = 0

  constructor(context: Context, top: Scope, awaited: boolean) {
    this.#context = context
    this.#top = top
    this.#awaited = awaited
  }

  forms(nodes: readonly AnyNode[], scope: Scope, rest: Rest): Form[] {
    const context = this.#context
    const forms: Form[] = []
    let line = 1
    forms.push(...this.#hoisted(nodes, scope))
    for (const [at, node] of nodes.entries()) {
      line = context.line(node)
      const following: Rest = () => this.forms(nodes.slice(at + 1), scope, rest)
      switch (node.type) {
        case 'FunctionDeclaration':
          if (isNamed(node) && scope.isPending(node.id.name))
            forms.push(this.#function(node.id.name, node, scope))
          break
        case 'EmptyStatement':
          break
        case 'VariableDeclaration':
          forms.push(...this.#declarations(node, scope))
          break
        case 'ExpressionStatement':
          forms.push(context.expression(node.expression, scope))
          break
        case 'ReturnStatement':
          forms.push(node.argument ? context.expression(node.argument, scope, this.#awaited) : nil(line))
          return forms
        case 'BlockStatement':
          return [...forms, ...this.forms(node.body, new Scope(scope), following)]
        case 'IfStatement': {
          const ways = [node.consequent, node.alternate].map((way) => (way ? [way] : []))
          // Translated before the following statements, which declare names.
          const test = context.condition(node.test, scope)
          const ends = returns(node)
          if (ends) this.#countCopy(node)
          const [yes, no] = ways.map((way) =>
            this.forms(way, new Scope(scope), ends ? following : () => undefined),
          )
          forms.push(branch(line, test, yes!, no!))
          if (ends) return forms
          break
        }
        case 'ForOfStatement':
          forms.push(this.#forOf(node, scope))
          break
        default:
          context.fail(node, refusals[node.type] ?? `${node.type} has no exact meaning in Erlang.`)
      }
    }
    return [...forms, ...(rest() ?? [nil(line)])]
  }

  /**
   * Declares the functions of the statements first, as far as they use no name that is declared later. Other functions and names
   * are declared at their statements.
   */
  #hoisted(nodes: readonly AnyNode[], scope: Scope): Form[] {
    for (const node of nodes)
      for (const name of declaredNames(node)) {
        // Outside of strict mode it would change the outer variable.
        if (isNamed(node) && scope !== this.#top && !scope.has(name) && scope.find(name))
          this.#context.fail(
            node,
            `${name} is declared around this block too. Give the function another name.`,
          )
        scope.announce(name)
      }
    const forms: Form[] = []
    let waiting = nodes.filter(isNamed)
    for (let before = 0; before !== waiting.length; ) {
      before = waiting.length
      waiting = waiting.filter((node) => {
        const needs = namesIn(node).some((name) => name !== node.id.name && scope.isPending(name))
        if (!needs) forms.push(this.#function(node.id.name, node, scope))
        return needs
      })
    }
    return forms
  }

  #countCopy(node: AnyNode): void {
    if (++this.#copies > MAX_COPIES)
      this.#context.fail(node, `A function with more than ${MAX_COPIES} early returns cannot be translated.`)
  }

  #declarations(node: VariableDeclaration, scope: Scope): Form[] {
    if (node.kind === 'var')
      return this.#context.fail(node, 'var declares a variable for the whole function. Write const.')
    return node.declarations.flatMap(({ id, init }) => {
      if (!init)
        return this.#context.fail(node, 'A variable needs its value where it is declared: write const.')
      if (id.type === 'Identifier' && isFunction(init)) return [this.#function(id.name, init, scope)]
      const value = this.#context.expression(init, scope)
      return destructure(id, value, scope, this.#context)
    })
  }

  #function(name: string, node: FunctionNode, scope: Scope): Form {
    const own = this.#context.fresh(name)
    scope.declare(name, own, true, node.async)
    const line = this.#context.line(node)
    return matchForm(line, variable(line, own), this.#context.fun(node, scope, own))
  }

  #forOf(node: ForOfStatement, outer: Scope): Form {
    const context = this.#context
    const { left } = node
    if (left.type !== 'VariableDeclaration' || returns(node.body) || leavesLoop(node.body))
      return context.fail(
        node,
        'Only a loop over all items of a list, without return, break and continue, has an exact meaning in Erlang.',
      )
    const line = context.line(node)
    const item = context.fresh('item')
    if (left.kind === 'var')
      context.fail(left, 'var declares a variable for the whole function. Write const.')
    const scope = new Scope(outer)
    for (const name of declaredNames(left)) scope.announce(name)
    const items = context.expression(node.right, scope)
    const bound = destructure(left.declarations[0]!.id, variable(line, item), scope, context)
    const body = [...bound, ...this.forms([node.body], scope, () => undefined)]
    return context.helper(line, 'forEach', [items, funForm(line, [variable(line, item)], body)])
  }
}

export function isFunction(node: AnyNode): node is FunctionNode {
  return node.type === 'ArrowFunctionExpression' || node.type === 'FunctionExpression'
}

function returns(node: AnyNode): boolean {
  return node.type === 'ReturnStatement' || (!/Function/.test(node.type) && childNodes(node).some(returns))
}

function leavesLoop(node: AnyNode): boolean {
  if (node.type === 'BreakStatement' || node.type === 'ContinueStatement') return true
  return !/Function|^For|^While|^Do/.test(node.type) && childNodes(node).some(leavesLoop)
}

function isNamed(node: AnyNode): node is FunctionDeclaration {
  return node.type === 'FunctionDeclaration' && node.id !== null
}

function declaredNames(node: AnyNode): string[] {
  if (isNamed(node)) return [node.id.name]
  if (node.type === 'VariableDeclaration') return node.declarations.flatMap(({ id }) => boundNames(id))
  return []
}

function boundNames(pattern: AnyNode | null): string[] {
  if (pattern?.type === 'Identifier') return [pattern.name]
  if (pattern?.type === 'ArrayPattern') return pattern.elements.flatMap(boundNames)
  if (pattern?.type === 'ObjectPattern')
    return pattern.properties.flatMap((property) =>
      boundNames(property.type === 'Property' ? property.value : null),
    )
  return []
}

function namesIn(node: AnyNode): string[] {
  return node.type === 'Identifier' ? [node.name] : childNodes(node).flatMap(namesIn)
}

function childNodes(node: AnyNode): AnyNode[] {
  return Object.values(node)
    .flat()
    .filter((value): value is AnyNode => typeof value === 'object' && value !== null && 'type' in value)
}

const refusals: Readonly<Record<string, string>> = {
  ForStatement:
    'A for loop changes a variable, and a variable of Erlang has one value. Use for … of, or a function that calls itself.',
  ForInStatement: 'for … in has no exact meaning in Erlang. Use for … of over a list.',
  WhileStatement: 'A while loop has no exact meaning in Erlang. Use a function that calls itself.',
  DoWhileStatement: 'A while loop has no exact meaning in Erlang. Use a function that calls itself.',
  TryStatement:
    'try has no exact meaning in Erlang, where errors are other values. Use elixir`…` or erlang`…`.',
  ThrowStatement: 'throw has no exact meaning in Erlang. Use exit(reason).',
  SwitchStatement: 'switch has no exact meaning in Erlang. Use match(value, on(pattern, …)).',
  ClassDeclaration: 'A class has no exact meaning in Erlang.',
  LabeledStatement: 'A label has no exact meaning in Erlang.',
}
