import { currentProcess, type Kernel } from '../../process/index.ts'
import {
  atom,
  hideFields,
  ImproperList,
  isTuple,
  Pid,
  Reference,
  type Term,
  TupleClass,
  tuple,
} from '../../term/index.ts'

// Requests and answers as OTP's module gen sends them: {'$gen_call', {From, Tag}, Request} is answered by {Tag, Reply}.

export const GEN_CALL: Term = atom('$gen_call')
export const GEN_CAST: Term = atom('$gen_cast')
const ALIAS = atom('alias')
const ALIASED: readonly Term[] = [ALIAS]

/** The tag `[alias|Ref]`: it says that the answer is to go to the alias, where it is dropped when it is late. */
export function aliasTag(ref: Reference): ImproperList {
  return new ImproperList(ALIASED, ref)
}

/** Where the answer to a call goes. */
export interface Client {
  readonly pid: Pid
  /** As it stands in the request: it comes back with the answer. */
  readonly tag: Term
  answer(value: Term, from: Pid | undefined): void
}

/** Who waits for the answer to a call. It may be kept, and answered later and by another process. */
export class From<in R = never> {
  declare protected readonly answer?: (value: R) => void
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  get pid(): Pid {
    return this.#client.pid
  }

  /** As it can be sent, also to another node: {@link GenServer.reply} takes it. */
  get term(): Term {
    return tuple(this.#client.pid, this.#client.tag)
  }

  /** Answers the call. Of several answers the first one counts. */
  reply(value: R): void {
    const from = currentProcess()
    if (from?.alive !== false) this.#client.answer(value as Term, from?.pid)
  }
}

hideFields(From)

/** Reads `{Pid, Tag}`; undefined for what is none. */
export function readFrom(kernel: Kernel, server: Pid, from: Term): From | undefined {
  if (!isTuple(from) || from.length !== 2) return undefined
  const [pid, tag] = from.elements as readonly Term[]
  return pid instanceof Pid ? new From(new RemoteClient(kernel, server, pid, tag)) : undefined
}

/** Who has sent a request as a message, and gets the answer as one. */
class RemoteClient implements Client {
  readonly pid: Pid
  readonly tag: Term
  readonly #kernel: Kernel
  readonly #server: Pid

  constructor(kernel: Kernel, server: Pid, pid: Pid, tag: Term) {
    this.pid = pid
    this.tag = tag
    this.#kernel = kernel
    this.#server = server
  }

  answer(value: Term, from: Pid | undefined): void {
    const to = aliasOf(this.tag) ?? this.pid
    this.#kernel.send(from ?? this.#server, to, new TupleClass([this.tag, value]))
  }
}

/** The alias in `[alias|Ref]`, or in the `[[alias|Ref]|Monitor]` of OTP 28 and later. */
function aliasOf(tag: Term): Reference | undefined {
  if (!(tag instanceof ImproperList) || tag.items.length !== 1) return undefined
  const [first] = tag.items
  if (first === ALIAS) return tag.tail instanceof Reference ? tag.tail : undefined
  return first instanceof ImproperList ? aliasOf(first) : undefined
}
