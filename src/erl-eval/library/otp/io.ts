import { type FormatOptions, format, IO } from '../../../io/index.ts'
import { Atom, atom, Pid, type Term } from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import { Bits, badarg, type Functions, fromTerm, isList, NIL, textOf, toTerm } from '../../value/index.ts'
import { charlistOf, listText } from '../erlang/index.ts'

const OK = atom('ok')

function templateOf(value: unknown): string {
  if (value instanceof Bits) return textOf(value)
  if (value instanceof Atom) return value.name
  return isList(value) ? listText(value) : badarg()
}

/** Returns the text of a format and its arguments. Raises `badarg` when the arguments do not match the format. */
function formatted(template: unknown, args: unknown): string {
  const options: FormatOptions = { self: currentMachine().process.kernel.name }
  const terms = toTerm(args)
  return format(templateOf(template), Array.isArray(terms) ? (terms as Term[]) : [terms], options) ?? badarg()
}

function deviceOf(value: unknown): Pid | string {
  if (value instanceof Pid) return value
  if (!(value instanceof Atom)) return badarg()
  return value.name === 'standard_error' ? 'stderr' : value.name === 'user' ? 'user' : 'stdio'
}

function printed(args: readonly unknown[]): Atom {
  const [device, template, list] =
    args.length === 3
      ? args
      : args.length === 1
        ? [STDIO, args[0], NIL]
        : isDevice(args[0])
          ? [args[0], args[1], NIL]
          : [STDIO, ...args]
  IO.write(deviceOf(device), formatted(template, list))
  return OK
}

const STDIO = atom('stdio')
const isDevice = (value: unknown): boolean =>
  value instanceof Pid ||
  value === atom('standard_io') ||
  value === atom('standard_error') ||
  value === atom('user')

/** The module `io`. @see https://www.erlang.org/doc/apps/stdlib/io */
export const io: Functions = {
  format: (...args: unknown[]) => printed(args),
  fwrite: (...args: unknown[]) => printed(args),
  put_chars: (first: unknown, second: unknown = undefined) => {
    const [device, text] = second === undefined ? [STDIO, first] : [first, second]
    IO.write(deviceOf(device), toTerm(text) as string)
    return OK
  },
  nl: (device: unknown = STDIO) => {
    IO.write(deviceOf(device), '\n')
    return OK
  },
  write: (first: unknown, second: unknown = undefined) => {
    const [device, value] = second === undefined ? [STDIO, first] : [first, second]
    IO.write(deviceOf(device), formatted(charlistOf('~w'), fromTerm([toTerm(value)])))
    return OK
  },
  get_line: async (first: unknown, second: unknown = undefined) => {
    const line = await IO.gets(toTerm(second ?? first) as string)
    return typeof line === 'string' ? charlistOf(line) : fromTerm(line)
  },
  printable_range: () => atom('unicode'),
  columns: (_device: unknown = undefined) => fromTerm(80),
  getopts: (_device: unknown = undefined) => NIL,
}

/** The module `io_lib`. */
export const ioLib: Functions = {
  format: (template: unknown, args: unknown, _options: unknown = undefined) =>
    charlistOf(formatted(template, args)),
  fwrite: (template: unknown, args: unknown, _options: unknown = undefined) =>
    charlistOf(formatted(template, args)),
  write: (value: unknown) => charlistOf(formatted(charlistOf('~w'), fromTerm([toTerm(value)]))),
  print: (value: unknown) => charlistOf(formatted(charlistOf('~p'), fromTerm([toTerm(value)]))),
  write_atom: (value: unknown) => charlistOf(formatted(charlistOf('~w'), fromTerm([toTerm(value)]))),
  nl: () => charlistOf('\n'),
}
