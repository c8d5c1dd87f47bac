import { Atom, TupleClass } from '../../term/index.ts'
import type { Direct, Env } from '../machine/index.ts'
import { badarg } from '../value/index.ts'
import type { Compiler } from './context.ts'
import { type Form, listOfForms, part } from './form.ts'

export type SegmentKind = 'integer' | 'float' | 'binary' | 'utf8' | 'utf16' | 'utf32'

/** Segment of a binary: `Value:Size/Type`. */
export interface Segment {
  readonly value: Form
  readonly kind: SegmentKind
  readonly signed: boolean
  readonly little: boolean
  readonly unit: number
  /** Size in units; undefined when the segment gives none. */
  readonly size: Direct | undefined
}

const NATIVE_IS_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Reads `{bin_element, Anno, Value, Size, Types}`. */
export function segmentOf(c: Compiler, form: Form): Segment {
  const size = part(form, 3)
  const types = part(form, 4)
  const segment = { value: part(form, 2), kind: 'integer' as SegmentKind, signed: false, little: false }
  let unit: number | undefined
  for (const type of types instanceof Atom ? [] : listOfForms(types)) {
    if (type instanceof TupleClass) {
      unit = type.elements[1] as number
      continue
    }
    const name = type instanceof Atom ? type.name : badarg()
    if (name === 'signed') segment.signed = true
    else if (name === 'little' || (name === 'native' && NATIVE_IS_LITTLE)) segment.little = true
    else if (name === 'bytes') segment.kind = 'binary'
    else if (name === 'bits' || name === 'bitstring') {
      segment.kind = 'binary'
      unit ??= 1
    } else if (!['unsigned', 'big', 'native'].includes(name)) segment.kind = name as SegmentKind
  }
  return {
    ...segment,
    unit: unit ?? (segment.kind === 'binary' ? 8 : 1),
    size: size instanceof Atom ? undefined : c.direct(size),
  }
}

/** Returns the number of bits of a segment, from its size or its type; undefined for a segment that takes all remaining bits. */
export function bitsOf({ size, unit, kind }: Segment): ((env: Env) => unknown) | undefined {
  if (size)
    return (env) => {
      const units = size(env)
      return typeof units === 'number' && units >= 0 ? units * unit : undefined
    }
  if (kind === 'integer') return () => 8
  return kind === 'float' ? () => 64 : undefined
}
