import { Atom, atom, TupleClass } from '../../term/index.ts'
import { type Direct, TAIL } from '../machine/index.ts'
import { badarg } from '../value/index.ts'
import type { Compiler } from './context.ts'
import { type Form, kindOf, listPart, part, partCount } from './form.ts'

/** Appends the instruction that evaluates a direct expression and stores its value in a slot, or returns it. */
export function result(c: Compiler, value: Direct, dst: number): void {
  if (dst === TAIL) c.add((m) => m.return(value(m.env)))
  else
    c.add((m) => {
      m.env[dst] = value(m.env)
    })
}

/**
 * Compiles operands so that they are evaluated from left to right. The last operand that makes a call, and all before it, are
 * evaluated into slots first.
 */
export function operands(c: Compiler, forms: readonly Form[]): Direct[] {
  return hoisted(c, forms).map((form) => c.direct(form))
}

const CONSTANT = new Set(['var', 'atom', 'integer', 'float', 'char', 'string', 'nil', 'value'])
const VAR = atom('var')

/**
 * Appends instructions that evaluate forms into slots, up to the last form that makes a call. Returns forms that make no calls.
 */
function hoisted(c: Compiler, forms: readonly Form[]): Form[] {
  const last = forms.findLastIndex((form) => !c.isDirect(form))
  return forms.map((form, i) => {
    if (i > last || CONSTANT.has(kindOf(form))) return form
    const at = c.scope.place()
    c.emit(form, at)
    // A name that no variable of a program can have.
    const name = `$${at}`
    c.scope.variables.set(name, at)
    return new TupleClass([VAR, 0, atom(name)]) as Form
  })
}

/** Returns the same expression with the parts that make calls replaced by slots, into which they are evaluated. */
export function withoutStack(c: Compiler, form: Form): Form {
  const parts = form instanceof TupleClass ? form.elements.slice() : badarg()
  switch (kindOf(form)) {
    case 'cons':
      return conses(c, form)
    case 'tuple':
      parts[2] = hoisted(c, listPart(form, 2))
      break
    case 'op':
      parts.splice(3, parts.length, ...hoisted(c, parts.slice(3) as Form[]))
      break
    case 'map': {
      const at = partCount(form) - 1
      const fields = listPart(form, at)
      const base = at === 3 ? [part(form, 2)] : []
      const values = hoisted(c, [...base, ...fields.flatMap((field) => [part(field, 2), part(field, 3)])])
      if (at === 3) parts[2] = values.shift()
      parts[at] = fields.map((field, i) => withParts(field, { 2: values[i * 2], 3: values[i * 2 + 1] }))
      break
    }
    case 'bin': {
      const segments = listPart(form, 2)
      const sized = (segment: Form): boolean => !(part(segment, 3) instanceof Atom)
      const values = hoisted(
        c,
        segments.flatMap((segment) => [part(segment, 2), ...(sized(segment) ? [part(segment, 3)] : [])]),
      )
      parts[2] = segments.map((segment) =>
        withParts(segment, sized(segment) ? { 2: values.shift(), 3: values.shift() } : { 2: values.shift() }),
      )
      break
    }
    case 'fun':
      parts[2] = withParts(
        part(form, 2),
        Object.fromEntries(
          hoisted(
            c,
            [1, 2, 3].map((i) => part(part(form, 2), i)),
          ).map((value, i) => [i + 1, value]),
        ),
      )
      break
    default:
      return badarg()
  }
  return new TupleClass(parts) as Form
}

function withParts(form: Form, changed: Readonly<Record<number, Form>>): Form {
  const parts = form instanceof TupleClass ? form.elements.slice() : badarg()
  for (const [index, value] of Object.entries(changed)) parts[Number(index)] = value
  return new TupleClass(parts) as Form
}

function conses(c: Compiler, form: Form): Form {
  const cells: Form[] = []
  let rest = form
  for (; kindOf(rest) === 'cons'; rest = part(rest, 3)) cells.push(rest)
  const values = hoisted(c, [...cells.map((cell) => part(cell, 2)), rest])
  let list = values.pop()
  for (let i = cells.length - 1; i >= 0; i--) list = withParts(cells[i], { 2: values[i], 3: list })
  return list
}
