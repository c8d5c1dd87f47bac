const skipped = new Set(['start', 'end', 'type', 'loc', 'range'])

/**
 * Returns JavaScript with a counter in every function, branch, case and operand of a logical operator: `$hit(N)` is called where the code
 * runs. The coverage of V8 itself takes milliseconds to read, which is too long after each input.
 *
 * @param parse returns the tree of a text, in the format of ESTree, with the offsets `start` and `end`
 */
export function instrument(code, parse) {
  const inserts = []
  let count = 0
  const insert = (at, text) => inserts.push({ at, text, order: inserts.length })
  const statement = (node) => {
    if (!node) return
    if (node.type === 'BlockStatement') return insert(node.start + 1, `$hit(${count++});`)
    insert(node.start, `{$hit(${count++});`)
    insert(node.end, '}')
  }
  const expression = (node) => {
    insert(node.start, `($hit(${count++}),`)
    insert(node.end, ')')
  }
  const visit = (node) => {
    if (Array.isArray(node)) return node.forEach(visit)
    if (node === null || typeof node !== 'object' || typeof node.type !== 'string') return
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
        statement(node.body)
        break
      case 'ArrowFunctionExpression':
        if (node.body.type === 'BlockStatement') statement(node.body)
        break
      case 'IfStatement':
        statement(node.consequent)
        statement(node.alternate)
        break
      case 'ForStatement':
      case 'ForOfStatement':
      case 'ForInStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        statement(node.body)
        break
      case 'SwitchCase':
        if (node.consequent.length > 0) insert(node.consequent[0].start, `$hit(${count++});`)
        break
      case 'CatchClause':
        statement(node.body)
        break
      case 'ConditionalExpression':
        expression(node.consequent)
        expression(node.alternate)
        break
      case 'LogicalExpression':
        expression(node.right)
        break
    }
    for (const key of Object.keys(node)) if (!skipped.has(key)) visit(node[key])
  }
  visit(parse(code).body)
  // At one offset, ends of inner nodes come before those of outer ones, and beginnings of outer nodes before those of inner ones.
  inserts.sort(
    (a, b) => a.at - b.at || rank(a) - rank(b) || (rank(a) === 0 ? b.order - a.order : a.order - b.order),
  )
  let output = ''
  let from = 0
  for (const { at, text } of inserts) {
    output += code.slice(from, at) + text
    from = at
  }
  output += code.slice(from)
  const head = `const $hits = globalThis.$hits ??= new Uint8Array(${count}); const $hit = (n) => { $hits[n]++ };\n`
  return { code: head + output, count }
}

function rank({ text }) {
  return text === '}' || text === ')' ? 0 : 1
}
