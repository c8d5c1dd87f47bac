/**
 * The server's side of the Erlang I/O protocol: https://www.erlang.org/doc/apps/stdlib/io_protocol
 */
import type { Kernel, LocalProcess } from '../process/index.ts'
import { Atom, atom, charlist, error, isTuple, ok, Pid, Reference, type Term, tuple } from '../term/index.ts'
import { chardataToText, type Encoding, promptText } from './chardata.ts'
import type { Device } from './device.ts'
import { format } from './format.ts'

export interface GroupLeaderOptions {
  /**
   * Calls a function on a node, for `get_until`: the request names a function that decides when the input is complete. Without
   * this option only the functions of `io_lib` that read lines and characters are supported.
   */
  readonly callOn?: (node: Atom, module: Atom, name: Atom, args: readonly Term[]) => Promise<Term>
  /** Called with the function that completes lines, when a client sets the option `expand_fun`. */
  readonly onExpandFun?: (fun: Term) => void
}

/**
 * Starts a process that serves the I/O requests of local and remote processes on a device. Reads are served one at a time; writes
 * are served at once, also during a read.
 *
 * @see `group.erl`
 */
export function startGroupLeader(
  kernel: Kernel,
  device: Device,
  options: GroupLeaderOptions = {},
): LocalProcess {
  const process = kernel.create({ label: 'group leader', asyncDist: true })
  const group = new GroupLeader(device, kernel.name, options)
  process.groupLeader = process.pid
  process.handle((message) => {
    if (!isTuple(message) || message.length !== 4) return
    const [tag, from, replyAs, request] = message.elements as readonly Term[]
    if (tag !== IO_REQUEST || !(from instanceof Pid || from instanceof Reference)) return
    const reply = (answer: Term): void =>
      kernel.send(process.pid, from, tuple(IO_REPLY, replyAs, answer), 'accept')
    const answer = group.serve(request, from.node)
    if (answer instanceof Promise) void answer.then(reply)
    else reply(answer)
  })
  return process
}

type Reply = Term | Promise<Term>

const IO_REQUEST = atom('io_request')
const IO_REPLY = atom('io_reply')
const eof = atom('eof')
const enotsup = tuple(error, atom('enotsup'))
const badRequest = tuple(error, atom('request'))

class GroupLeader {
  readonly #device: Device
  readonly #self: Atom
  readonly #options: GroupLeaderOptions
  #binary = true
  #echo: Term = true
  #encoding: Term = atom('unicode')
  /** Input that was read from the device and not returned to a client. */
  #buffer = ''
  #lastRead: Promise<unknown> = Promise.resolve()

  constructor(device: Device, self: Atom, options: GroupLeaderOptions) {
    this.#device = device
    this.#self = self
    this.#options = options
  }

  /** @param client node of the client */
  serve(request: Term, client: Atom): Reply {
    const parts = request instanceof Atom ? [request] : isTuple(request) ? request.elements : []
    const [tag, ...args] = parts as readonly Term[]
    if (!(tag instanceof Atom)) return badRequest
    switch (tag.name) {
      case 'put_chars':
        return this.#putChars(args)
      case 'get_line':
      case 'get_chars':
      case 'get_until':
        return this.#read(tag.name, args, client)
      case 'get_password':
        return enotsup
      case 'get_geometry':
        return args.length === 1 ? this.#geometry(args[0]) : badRequest
      case 'getopts':
        return args.length === 0 ? this.#currentOptions() : badRequest
      case 'setopts':
        return args.length === 1 ? this.#setOptions(args[0]) : badRequest
      case 'requests':
        return args.length === 1 && Array.isArray(args[0]) ? this.#serveAll(args[0], client) : badRequest
      default:
        return badRequest
    }
  }

  // {put_chars, Chars}, {put_chars, Encoding, Chars} and {put_chars, Encoding, Module, Function, Args}
  #putChars(args: readonly Term[]): Term {
    const encoding = args.length === 1 ? 'latin1' : encodingOf(args[0])
    if (!encoding || (args.length !== 1 && args.length !== 2 && args.length !== 4)) return badRequest
    if (args.length === 4) return this.#format(args, encoding)
    const chars = args.at(-1)
    const text = chardataToText(chars, encoding)
    if (text === undefined) return tuple(error, tuple(atom('put_chars'), atom(encoding), chars))
    this.#device.write(text)
    return ok
  }

  #format([, module, name, args]: readonly Term[], encoding: Encoding): Term {
    if (module !== atom('io_lib') || !(name instanceof Atom) || !Array.isArray(args)) return badRequest
    const directive = WRITE_DIRECTIVES.get(name.name)
    if (directive !== undefined && args.length === 1) {
      this.#device.write(format(directive, args, { encoding, self: this.#self })!)
      return ok
    }
    if (!FORMAT_FUNCTIONS.has(name.name) || args.length !== 2) return badRequest
    const template = promptText(args[0], encoding) ?? promptText(args[0])
    const text =
      template === undefined || !Array.isArray(args[1])
        ? undefined
        : format(template, args[1], { encoding, self: this.#self })
    if (text === undefined) return tuple(error, name)
    this.#device.write(text)
    return ok
  }

  #read(what: 'get_line' | 'get_chars' | 'get_until', given: readonly Term[], client: Atom): Reply {
    const named = encodingOf(given[0])
    // A request of the old form has no encoding.
    const hasEncoding = named !== undefined && given.length === ARGUMENT_COUNTS[what] + 1
    if (!hasEncoding && given.length !== ARGUMENT_COUNTS[what]) return badRequest
    const encoding = hasEncoding ? named : 'latin1'
    const args = hasEncoding ? given.slice(1) : given
    const prompt = promptOf(args[0], encoding, this.#self)
    const wanted = amountOf(what, args.slice(1))
    const enough =
      wanted === undefined && what === 'get_until' ? this.#getUntilFunction(args.slice(1), client) : undefined
    if (prompt === undefined || (wanted === undefined && !enough)) return badRequest
    const read = this.#lastRead.then(async () => {
      if (enough) return this.#readUntil(prompt, enough)
      const text = await (wanted === 'line' ? this.#readLine(prompt) : this.#readCharacters(prompt, wanted!))
      if (text === undefined) return eof
      if (text instanceof DeviceError) return tuple(error, atom('terminated'))
      return this.#asTerm(text, encoding)
    })
    this.#lastRead = read
    return read
  }

  #getUntilFunction([module, name, extra]: readonly Term[], client: Atom): GetUntilFunction | undefined {
    const { callOn } = this.#options
    if (!callOn || !(module instanceof Atom) || !(name instanceof Atom) || !Array.isArray(extra))
      return undefined
    return (state, text) => {
      const chars = text === undefined ? eof : charlist(text)
      return callOn(client, module, name, [state, chars, ...(extra as Term[])])
    }
  }

  // Calls the function with its state and the input until it returns {done, Result, Rest}.
  async #readUntil(prompt: string, enough: GetUntilFunction): Promise<Term> {
    let state: Term = []
    for (;;) {
      const text = this.#buffer === '' ? await this.#readMore(prompt) : this.#buffer
      this.#buffer = ''
      if (text instanceof DeviceError) return tuple(error, atom('terminated'))
      try {
        const answer = await enough(state, text)
        const [tag, result, left] = isTuple(answer) ? (answer.elements as readonly Term[]) : []
        if (tag === atom('done')) {
          this.#buffer = left === eof ? '' : (chardataToText(left) ?? '')
          return result
        }
        if (tag !== atom('more')) return tuple(error, atom('get_until'))
        state = result
      } catch {
        return tuple(error, atom('get_until'))
      }
    }
  }

  async #readLine(prompt: string): Promise<string | DeviceError | undefined> {
    while (!this.#buffer.includes('\n')) {
      const more = await this.#readMore(prompt)
      if (more instanceof DeviceError) return more
      if (more === undefined) return this.#takeFromBuffer(this.#buffer.length) || undefined
    }
    return this.#takeFromBuffer(this.#buffer.indexOf('\n') + 1)
  }

  async #readCharacters(prompt: string, count: number): Promise<string | DeviceError | undefined> {
    for (;;) {
      const characters = Array.from(this.#buffer)
      if (characters.length >= count) return this.#takeFromBuffer(characters.slice(0, count).join('').length)
      const more = await this.#readMore(prompt)
      if (more instanceof DeviceError) return more
      if (more === undefined) return this.#takeFromBuffer(this.#buffer.length) || undefined
    }
  }

  async #readMore(prompt: string): Promise<string | DeviceError | undefined> {
    try {
      const line = await this.#device.readLine(prompt)
      if (line !== undefined) this.#buffer += line
      return line
    } catch (cause) {
      return new DeviceError('the device could not be read', { cause })
    }
  }

  #takeFromBuffer(length: number): string {
    const taken = this.#buffer.slice(0, length)
    this.#buffer = this.#buffer.slice(length)
    return taken
  }

  #asTerm(text: string, encoding: Encoding): Term {
    const codes = charlist(text)
    if (encoding === 'latin1' && codes.some((code) => code > 0xff))
      return tuple(error, tuple(atom('no_translation'), atom('unicode'), atom('latin1')))
    if (!this.#binary) return codes
    return encoding === 'latin1' ? Uint8Array.from(codes) : text
  }

  #geometry(what: Term): Term {
    if (what === atom('columns')) return this.#device.columns ?? enotsup
    if (what === atom('rows')) return this.#device.rows ?? enotsup
    return badRequest
  }

  #currentOptions(): Term {
    return [
      tuple(atom('echo'), this.#echo),
      tuple(atom('binary'), this.#binary),
      tuple(atom('encoding'), this.#encoding),
    ]
  }

  #setOptions(options: Term): Term {
    if (!Array.isArray(options)) return badRequest
    const known = options.map((option) =>
      option instanceof Atom
        ? { name: option.name, value: true as Term }
        : isTuple(option) && option.elements[0] instanceof Atom
          ? { name: option.elements[0].name, value: option.elements[1] as Term }
          : { name: '', value: undefined },
    )
    if (!known.every(({ name }) => OPTIONS.has(name))) return enotsup
    for (const { name, value } of known) {
      if (name === 'binary') this.#binary = value !== false
      else if (name === 'list') this.#binary = value === false
      else if (name === 'echo') this.#echo = value
      else if (name === 'encoding') this.#encoding = value
      else if (name === 'expand_fun') this.#options.onExpandFun?.(value)
    }
    return ok
  }

  // Serves the requests in order, up to the first that fails. Returns the last reply.
  #serveAll(requests: readonly Term[], client: Atom): Reply {
    let answer: Reply = ok
    for (const [index, request] of requests.entries()) {
      answer = this.serve(request, client)
      if (answer instanceof Promise) {
        const rest = requests.slice(index + 1)
        return answer.then((first) =>
          isError(first) || rest.length === 0 ? first : this.#serveAll(rest, client),
        )
      }
      if (isError(answer)) return answer
    }
    return answer
  }
}

/** Returns `{done, Result, Rest}` or `{more, State}`. */
type GetUntilFunction = (state: Term, text: string | undefined) => Promise<Term>

class DeviceError extends Error {}

const FORMAT_FUNCTIONS = new Set(['format', 'fwrite'])
/** Control sequence of each function of `io_lib` that formats one term. */
const WRITE_DIRECTIVES: ReadonlyMap<string, string> = new Map([
  ['write', '~w'],
  ['print', '~p'],
])
const OPTIONS = new Set(['binary', 'list', 'echo', 'encoding', 'expand_fun', 'line_history', 'log'])
const ARGUMENT_COUNTS = { get_line: 1, get_chars: 2, get_until: 4 } as const

function encodingOf(term: Term): Encoding | undefined {
  if (!(term instanceof Atom)) return undefined
  return term.name === 'unicode' || term.name === 'latin1' ? term.name : undefined
}

function promptOf(prompt: Term, encoding: Encoding, self: Atom): string | undefined {
  if (!isTuple(prompt)) return promptText(prompt, encoding) ?? promptText(prompt)
  const [tag, template, args] = prompt.elements as readonly Term[]
  if (tag !== atom('format') || !Array.isArray(args)) return undefined
  const text = promptText(template, encoding)
  return text === undefined ? undefined : format(text, args, { encoding, self })
}

// Functions of io_lib that read lines and characters. A get_until request with one of them is served without a call.
function amountOf(what: string, args: readonly Term[]): 'line' | number | undefined {
  if (what === 'get_line') return 'line'
  if (what === 'get_chars') return countOf(args[0])
  const [module, name, extra] = args
  if (module !== atom('io_lib') || !(name instanceof Atom)) return undefined
  if (name.name === 'get_line' || name.name === 'collect_line') return 'line'
  if (name.name !== 'collect_chars') return undefined
  return countOf(Array.isArray(extra) ? extra[0] : extra)
}

function countOf(count: Term): number | undefined {
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined
}

function isError(answer: Term): boolean {
  return isTuple(answer) && answer.elements[0] === error
}
