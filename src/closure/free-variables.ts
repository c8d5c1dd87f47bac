import { type Node, parseExpressionAt } from 'acorn'

/** Source code of a function as an expression, and its free variables: names that it uses and does not declare. */
export interface ParsedFunction {
  readonly expression: string
  readonly freeVariables: readonly string[]
}

/** Maximum length of the source code of a function, in characters. */
export const MAX_SOURCE = 1_000_000

type AnyNode = Node & Readonly<Record<string, unknown>>

/** Names that one block or function declares. */
interface Scope {
  readonly names: Set<string>
  readonly parent: Scope | undefined
}

/**
 * Parses the source code of a function and finds its free variables.
 *
 * @param source result of `toString` of an arrow function, a function, a class, or a method of an object
 * @throws SyntaxError for other source code, such as that of native functions
 */
export function parseFunction(source: string): ParsedFunction {
  if (source.length > MAX_SOURCE)
    throw new SyntaxError(`a function of ${source.length} characters is too long: at most ${MAX_SOURCE}`)
  const { node, text } = parse(source)
  const free = new Set<string>()
  new FreeVariableFinder(free).visit(node, { names: new Set(), parent: undefined })
  return { expression: text, freeVariables: [...free] }
}

const FUNCTIONS = new Set(['ArrowFunctionExpression', 'FunctionExpression', 'ClassExpression'])

function parse(source: string): { node: AnyNode; text: string } {
  const expression = tryParse(source)
  if (expression && FUNCTIONS.has(expression.type)) return { node: expression, text: source }
  // The source code of a method, `sayName() { … }`, is valid only inside an object literal.
  const object = tryParse(`{${source}}`) as
    | { properties?: { key: Node; value: Node; computed: boolean }[] }
    | undefined
  const [method, ...others] = object?.properties ?? []
  if (!object || method?.value?.type !== 'FunctionExpression' || others.length > 0 || method.computed)
    throw new SyntaxError(`${source.slice(0, 60)} cannot be read as a function`)
  const key = `{${source}}`.slice(method.key.start, method.key.end)
  const access = /^['"\d]/.test(key) ? `[${key}]` : `.${key}`
  return { node: object as unknown as AnyNode, text: `({${source}})${access}` }
}

function tryParse(source: string): AnyNode | undefined {
  try {
    const node = parseExpressionAt(source, 0, { ecmaVersion: 'latest', allowAwaitOutsideFunction: false })
    return node.end === source.trimEnd().length ? (node as unknown as AnyNode) : undefined
  } catch {
    return undefined
  }
}

class FreeVariableFinder {
  readonly #free: Set<string>

  constructor(free: Set<string>) {
    this.#free = free
  }

  visit(node: AnyNode, scope: Scope): void {
    switch (node.type) {
      case 'Identifier':
        return this.#use(node.name as string, scope)
      case 'FunctionExpression':
      case 'FunctionDeclaration':
      case 'ArrowFunctionExpression':
        return this.#function(node, scope)
      case 'ClassExpression':
      case 'ClassDeclaration':
        return this.#class(node, scope)
      case 'BlockStatement':
      case 'StaticBlock':
        return this.#block(node.body as AnyNode[], scope)
      case 'SwitchStatement':
        this.visit(node.discriminant as AnyNode, scope)
        return this.#block(node.cases as AnyNode[], scope)
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement':
        return this.#block([node], scope, true)
      case 'CatchClause': {
        const inner = childScope(scope)
        if (node.param) collectNames(node.param as AnyNode, inner.names)
        if (node.param) this.#pattern(node.param as AnyNode, inner)
        return this.visit(node.body as AnyNode, inner)
      }
      case 'MemberExpression':
        this.visit(node.object as AnyNode, scope)
        if (node.computed) this.visit(node.property as AnyNode, scope)
        return
      case 'Property':
      case 'MethodDefinition':
      case 'PropertyDefinition':
        if (node.computed) this.visit(node.key as AnyNode, scope)
        if (node.value) this.visit(node.value as AnyNode, scope)
        return
      case 'LabeledStatement':
        return this.visit(node.body as AnyNode, scope)
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'MetaProperty':
        return
      case 'VariableDeclarator':
        this.#pattern(node.id as AnyNode, scope)
        if (node.init) this.visit(node.init as AnyNode, scope)
        return
      default:
        return this.#children(node, scope)
    }
  }

  #children(node: AnyNode, scope: Scope): void {
    for (const nested of childrenOf(node)) this.visit(nested, scope)
  }

  #use(name: string, scope: Scope): void {
    for (let at: Scope | undefined = scope; at; at = at.parent) if (at.names.has(name)) return
    this.#free.add(name)
  }

  #function(node: AnyNode, scope: Scope): void {
    const inner: Scope = { names: new Set(), parent: scope }
    if (node.type !== 'ArrowFunctionExpression') inner.names.add('arguments')
    const id = node.id as AnyNode | null | undefined
    if (id) inner.names.add(id.name as string)
    const params = node.params as AnyNode[]
    for (const param of params) collectNames(param, inner.names)
    const body = node.body as AnyNode
    hoistVars(body, inner.names)
    for (const param of params) this.#pattern(param, inner)
    this.visit(body, inner)
  }

  #class(node: AnyNode, scope: Scope): void {
    const inner = childScope(scope)
    const id = node.id as AnyNode | null
    if (id) inner.names.add(id.name as string)
    if (node.superClass) this.visit(node.superClass as AnyNode, inner)
    this.visit(node.body as AnyNode, inner)
  }

  #block(statements: readonly AnyNode[], scope: Scope, loop = false): void {
    const inner = childScope(scope)
    for (const statement of statements) {
      const declared = statement.type === 'SwitchCase' ? (statement.consequent as AnyNode[]) : [statement]
      for (const one of declared) collectDeclaredNames(one, inner.names)
      if (loop)
        for (const head of [statement.init, statement.left])
          if (head) collectDeclaredNames(head as AnyNode, inner.names)
    }
    for (const statement of statements)
      if (loop) this.#children(statement, inner)
      else this.visit(statement, inner)
  }

  // The names of a pattern have been declared before. Its default values and computed keys are expressions.
  #pattern(node: AnyNode, scope: Scope): void {
    switch (node.type) {
      case 'Identifier':
        return
      case 'AssignmentPattern':
        this.#pattern(node.left as AnyNode, scope)
        return this.visit(node.right as AnyNode, scope)
      case 'Property':
        if (node.computed) this.visit(node.key as AnyNode, scope)
        return this.#pattern(node.value as AnyNode, scope)
      default:
        for (const nested of childrenOf(node)) this.#pattern(nested, scope)
    }
  }
}

function childScope(scope: Scope): Scope {
  return { names: new Set(), parent: scope }
}

function collectDeclaredNames(node: AnyNode, names: Set<string>): void {
  if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration')
    names.add((node.id as AnyNode).name as string)
  else if (node.type === 'VariableDeclaration')
    for (const { id } of node.declarations as { id: AnyNode }[]) collectNames(id, names)
}

function collectNames(pattern: AnyNode, names: Set<string>): void {
  if (pattern.type === 'Identifier') names.add(pattern.name as string)
  else if (pattern.type === 'AssignmentPattern') collectNames(pattern.left as AnyNode, names)
  else if (pattern.type === 'Property') collectNames(pattern.value as AnyNode, names)
  else for (const nested of childrenOf(pattern)) collectNames(nested, names)
}

// A `var` declares its name in the function, also from nested blocks.
function hoistVars(node: AnyNode, names: Set<string>): void {
  if (/Function|^Class/.test(node.type)) return
  if (node.type === 'VariableDeclaration' && node.kind === 'var') collectDeclaredNames(node, names)
  for (const nested of childrenOf(node)) hoistVars(nested, names)
}

function* childrenOf(node: AnyNode): Generator<AnyNode> {
  for (const value of Object.values(node))
    for (const nested of Array.isArray(value) ? value : [value])
      if (nested !== null && typeof nested === 'object' && typeof nested.type === 'string') yield nested
}
