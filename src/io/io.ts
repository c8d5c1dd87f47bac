import { currentKernel, currentProcess, type LocalProcess, type RemoteName } from '../process/index.ts'
import { Atom, atom, inspect, nameToAtom, normal, ok, Pid, type Term, tuple } from '../term/index.ts'
import { chardataToText } from './chardata.ts'
import { flushOutput, requestInput, requestOutput } from './request.ts'

/** Where text goes: an I/O server by pid or name; `'stdio'` is the group leader, `'stderr'` this node's standard error. */
export type IODevice = Pid | Atom | string

/** What can be printed as it is: text, numbers, atoms, and lists of characters and texts. */
export type Printable =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Atom
  | Uint8Array
  | readonly Term[]

export interface IOInspectOptions {
  /** Stands before the term, with a colon. */
  readonly label?: string
  /** How many items of a collection are shown; 50 when left out. */
  readonly limit?: number
  /** The length of a line in characters; 80 when left out. */
  readonly width?: number
}

/** What input gives: the text, the atom `eof` at its end, or `{error, reason}`. */
export type Input = string | Atom<'eof'> | Term

const putChars = atom('put_chars')
const unicode = atom('unicode')

/**
 * Text from and to people. It goes to the group leader of the process whose code this is, which may be on another node:
 * there it came from whoever spawned the process.
 *
 * When not to use it: for logs of a program that nobody watches. `console.log` stays on this node.
 */
export const IO = {
  /**
   * Prints a text and a line end, and returns at once.
   *
   * @see `IO.puts/2`
   */
  puts(...args: [text: Printable] | [device: IODevice, text: Printable]): Atom<'ok'> {
    const [device, text] = withDevice(args)
    return write(device, `${toText(text, 'IO.puts')}\n`)
  },

  /** Prints a text as it is, and returns at once. @see `IO.write/2` */
  write(...args: [text: Printable] | [device: IODevice, text: Printable]): Atom<'ok'> {
    const [device, text] = withDevice(args)
    return write(device, toText(text, 'IO.write'))
  },

  /** Prints a term as Elixir shows it, and returns it. @see `IO.inspect/2` */
  inspect<T>(term: T, options: IOInspectOptions = {}): T {
    const { label, ...rest } = options
    const shown = inspect(term, { self: currentKernel().name, ...rest })
    write('stdio', `${label === undefined ? '' : `${label}: `}${shown}\n`)
    return term
  },

  /**
   * Shows a prompt and reads a line, with its line end.
   *
   * @see `IO.gets/2`
   */
  gets(prompt: Printable = ''): Promise<Input> {
    return read(tuple(atom('get_line'), unicode, toText(prompt, 'IO.gets')))
  },

  /** Shows a prompt and reads that many characters. @see `IO.getn/2` */
  getn(prompt: Printable = '', count = 1): Promise<Input> {
    return read(tuple(atom('get_chars'), unicode, toText(prompt, 'IO.getn'), count))
  },
} as const

function withDevice<T>(args: [T] | [IODevice, T]): [IODevice, T] {
  return args.length === 1 ? ['stdio', args[0]] : args
}

function write(device: IODevice, text: string): Atom<'ok'> {
  if (device === 'stderr' || device === atom('stderr')) {
    process.stderr.write(text)
    return ok
  }
  const { process: writer, visitor } = callerProcess('IO')
  requestOutput(writer, resolveDevice(device, writer), tuple(putChars, unicode, text))
  if (visitor) void flushOutput(writer).then(() => writer.exit(normal))
  return ok
}

async function read(request: Term): Promise<Term> {
  const { process: reader, visitor } = callerProcess('IO')
  try {
    return await requestInput(reader, reader.groupLeader, request)
  } finally {
    if (visitor) reader.exit(normal)
  }
}

function callerProcess(label: string): { process: LocalProcess; visitor: boolean } {
  const process = currentProcess()
  return process ? { process, visitor: false } : { process: currentKernel().visitor(label), visitor: true }
}

function resolveDevice(device: IODevice, { kernel, groupLeader }: LocalProcess): Pid | RemoteName {
  if (device instanceof Pid) return device
  const name = nameToAtom(device)
  return name.name === 'stdio' ? groupLeader : { name, node: kernel.name }
}

function toText(text: Printable, word: string): string {
  if (text === null || text === undefined) return ''
  if (text instanceof Atom) return text.name.replace(/^Elixir\./, '')
  if (typeof text !== 'object') return String(text)
  const characters = chardataToText(text)
  if (characters !== undefined) return characters
  throw new TypeError(
    `${word} prints text, got ${inspect(text, { limit: 5 })}. Print other terms with IO.inspect(term).`,
  )
}
