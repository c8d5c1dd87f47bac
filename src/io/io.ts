import { currentKernel, currentProcess, type LocalProcess, type RemoteName } from '../process/index.ts'
import { Atom, atom, inspect, nameToAtom, normal, ok, Pid, type Term, tuple } from '../term/index.ts'
import { chardataToText } from './chardata.ts'
import { flushOutput, requestInput, requestOutput } from './request.ts'

/** I/O server, given as a pid or a name. `'stdio'` is the group leader, `'stderr'` the standard error of this program. */
export type IODevice = Pid | Atom | string

/** Value that can be printed as text: a string, a number, an atom, or chardata. */
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
  /** Text that is printed before the term, followed by a colon. */
  readonly label?: string
  /** Maximum number of items of a collection; 50 unless given. */
  readonly limit?: number
  /** Length of a line in characters; 80 unless given. */
  readonly width?: number
}

/** Result of reading: the text, the atom `eof` at the end of the input, or `{error, reason}`. */
export type Input = string | Atom<'eof'> | Term

const putChars = atom('put_chars')
const unicode = atom('unicode')

/**
 * Input and output over the group leader of the calling process, which may be on another node. A process inherits its group
 * leader from the process that spawned it.
 *
 * When not to use it: for the logs of a program, which `Logger` prints on this node.
 */
export const IO = {
  /**
   * Prints a text and a line feed. Returns at once.
   *
   * @see `IO.puts/2`
   */
  puts(...args: [text: Printable] | [device: IODevice, text: Printable]): Atom<'ok'> {
    const [device, text] = withDevice(args)
    return write(device, `${toText(text, 'IO.puts')}\n`)
  },

  /** Prints a text without a line feed. Returns at once. @see `IO.write/2` */
  write(...args: [text: Printable] | [device: IODevice, text: Printable]): Atom<'ok'> {
    const [device, text] = withDevice(args)
    return write(device, toText(text, 'IO.write'))
  },

  /** Prints a term in Elixir's syntax, and returns it. @see `IO.inspect/2` */
  inspect<T>(term: T, options: IOInspectOptions = {}): T {
    const { label, ...rest } = options
    const shown = inspect(term, { self: currentKernel().name, ...rest })
    write('stdio', `${label === undefined ? '' : `${label}: `}${shown}\n`)
    return term
  },

  /**
   * Prints a prompt and reads a line, which includes its line feed.
   *
   * @see `IO.gets/2`
   */
  gets(prompt: Printable = ''): Promise<Input> {
    return read(tuple(atom('get_line'), unicode, toText(prompt, 'IO.gets')))
  },

  /** Prints a prompt and reads `count` characters. @see `IO.getn/2` */
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
  const { process: writer, ephemeral } = callerProcess('IO')
  requestOutput(writer, resolveDevice(device, writer), tuple(putChars, unicode, text))
  if (ephemeral) void flushOutput(writer).then(() => writer.exit(normal))
  return ok
}

async function read(request: Term): Promise<Term> {
  const { process: reader, ephemeral } = callerProcess('IO')
  try {
    return await requestInput(reader, reader.groupLeader, request)
  } finally {
    if (ephemeral) reader.exit(normal)
  }
}

function callerProcess(label: string): { process: LocalProcess; ephemeral: boolean } {
  const process = currentProcess()
  return process
    ? { process, ephemeral: false }
    : { process: currentKernel().createEphemeral(label), ephemeral: true }
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
