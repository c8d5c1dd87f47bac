import type { Node, Program } from 'acorn'

/** Replacement of a part of the code. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Input that was rewritten to the body of an async function, and the names that it declares. */
export interface ScopedSource {
  /** Code that expects the names as properties of an object in scope. */
  readonly code: string
  readonly names: readonly string[]
}

type AnyNode = Node & Readonly<Record<string, unknown>>

/**
 * Rewrites the declarations of an input to assignments, so that later inputs see the values: `const { a } = f()` becomes
 * `({ a } = f());`. The code returns the value of an expression at the end of the input. Line numbers do not change.
 */
export function persistDeclarations(code: string, program: Program): ScopedSource {
  const names = new Set<string>()
  const edits: Edit[] = []
  const hoisted: string[] = []
  for (const statement of program.body as unknown as AnyNode[])
    switch (statement.type) {
      case 'VariableDeclaration':
        edits.push({ ...range(statement), text: assignments(code, statement, names) })
        break
      case 'FunctionDeclaration': {
        const { name } = statement.id as unknown as { name: string }
        names.add(name)
        // A function declaration is hoisted, so the assignment runs before the first statement.
        hoisted.push(`$scope.${name} = ${name};`)
        break
      }
      case 'ClassDeclaration': {
        const { name } = statement.id as unknown as { name: string }
        names.add(name)
        edits.push({ start: statement.start, end: statement.start, text: `${name} = ` })
        edits.push({ start: statement.end, end: statement.end, text: ';' })
        break
      }
      case 'ExpressionStatement':
        for (const name of assignedNames(statement.expression as AnyNode)) names.add(name)
        break
    }
  const last = program.body.at(-1) as unknown as AnyNode | undefined
  if (last?.type === 'ExpressionStatement') {
    const { start, end } = range(last.expression as AnyNode)
    edits.push({ start: last.start, end: start, text: `return (${code.slice(last.start, start)}` })
    edits.push({ start: end, end, text: ')' })
  }
  return { code: hoisted.join(' ') + applyEdits(code, edits), names: [...names] }
}

function range({ start, end }: Node): { start: number; end: number } {
  return { start, end }
}

function assignments(code: string, declaration: AnyNode, names: Set<string>): string {
  const parts = (declaration.declarations as AnyNode[]).flatMap(({ id, init }) => {
    const target = id as AnyNode
    collectNames(target, names)
    // `var x` without a value does not change x: the generated code of a namespace assigns x before such a declaration.
    if (!init && declaration.kind === 'var') return []
    const value = init ? code.slice((init as AnyNode).start, (init as AnyNode).end) : 'undefined'
    return `(${code.slice(target.start, target.end)} = ${value})`
  })
  // The declaration may have no semicolon of its own, which a parenthesis at the start of the next line would need.
  return `${parts.join(', ')};`
}

function collectNames(pattern: AnyNode, names: Set<string>): void {
  switch (pattern.type) {
    case 'Identifier':
      names.add(pattern.name as string)
      return
    case 'AssignmentPattern':
      return collectNames(pattern.left as AnyNode, names)
    case 'RestElement':
      return collectNames(pattern.argument as AnyNode, names)
    case 'ArrayPattern':
      for (const element of pattern.elements as (AnyNode | null)[]) if (element) collectNames(element, names)
      return
    case 'ObjectPattern':
      for (const property of pattern.properties as AnyNode[])
        collectNames((property.type === 'RestElement' ? property.argument : property.value) as AnyNode, names)
  }
}

// An assignment such as `x = 5` declares x.
function assignedNames(expression: AnyNode): string[] {
  if (expression.type !== 'AssignmentExpression' || expression.operator !== '=') return []
  const left = expression.left as AnyNode
  return left.type === 'Identifier' ? [left.name as string] : []
}

function applyEdits(code: string, edits: readonly Edit[]): string {
  let result = code
  for (const { start, end, text } of edits.toSorted((a, b) => b.start - a.start || b.end - a.end))
    result = result.slice(0, start) + text + result.slice(end)
  return result
}
