import { Atom, type Term, TupleClass } from '../../term/index.ts'
import { badarg } from '../value/index.ts'

// The abstract format: https://www.erlang.org/doc/apps/erts/absform
// Forms are decoded terms: tuples, arrays, atoms, numbers.

export type Form = Term

/** Returns the kind of a form: the name of its first element, an atom. Raises `badarg` for a value that is not a form. */
export function kindOf(form: Form): string {
  const tag = form instanceof TupleClass ? form.elements[0] : undefined
  if (tag instanceof Atom) return tag.name
  // The atom nil is null.
  return tag === null ? 'nil' : badarg()
}

/** Returns the element of a form at an index: 0 is the kind, 1 the annotation. */
export function part(form: Form, index: number): Form {
  return form instanceof TupleClass && index < form.elements.length
    ? (form.elements[index] as Form)
    : badarg()
}

/** Returns the number of elements of a form. */
export const partCount = (form: Form): number =>
  form instanceof TupleClass ? form.elements.length : badarg()

/** Returns an element of a form that must be a list. */
export function listPart(form: Form, index: number): readonly Form[] {
  return listOfForms(part(form, index))
}

export function listOfForms(value: Form): readonly Form[] {
  return Array.isArray(value) ? (value as readonly Form[]) : badarg()
}

/** Returns the name of an atom form `{atom, Anno, Name}`, or undefined for any other form. */
export function atomIn(form: Form): Atom | undefined {
  if (!(form instanceof TupleClass) || kindOf(form) !== 'atom') return undefined
  const name = form.elements[2]
  return name instanceof Atom ? name : undefined
}

/** Returns the name of a variable form. */
export function variableName(form: Form): string {
  const name = part(form, 2)
  return name instanceof Atom ? name.name : badarg()
}

/** Returns the name of a plain atom in a form. */
export function nameIn(form: Form, index: number): Atom {
  const name = part(form, index)
  return name instanceof Atom ? name : badarg()
}
