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

// Requests and answers of OTP's module gen: {'$gen_call', {From, Tag}, Request} is answered by {Tag, Reply}.

export const GEN_CALL: Term = atom('$gen_call')
export const GEN_CAST: Term = atom('$gen_cast')
const ALIAS = atom('alias')
const ALIASED: readonly Term[] = [ALIAS]

/** Returns the tag `[alias|Ref]`: the answer goes to the alias, where a late answer is dropped. */
export function aliasTag(ref: Reference): ImproperList {
  return new ImproperList(ALIASED, ref)
}

/** Receiver of the answer to a call. */
export interface Client {
  readonly pid: Pid
  /** The tag of the request, which is sent back with the answer. */
  readonly tag: Term
  answer(value: Term, from: Pid | undefined): void
}

/** Caller that waits for an answer. It can be kept, and answered later by another process. */
export class From<in R = never> {
  declare protected readonly answer?: (value: R) => void
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  get pid(): Pid {
    return this.#client.pid
  }

  /** `{Pid, Tag}`, which can be sent to another node. {@link GenServer.reply} accepts it. */
  get term(): Term {
    return tuple(this.#client.pid, this.#client.tag)
  }

  /** Answers the call. Only the first answer has an effect. */
  reply(value: R): void {
    const from = currentProcess()
    if (from?.alive !== false) this.#client.answer(value as Term, from?.pid)
  }
}

hideFields(From)

/** Reads `{Pid, Tag}`. Returns undefined for any other term. */
export function readFrom(kernel: Kernel, server: Pid, from: Term): From | undefined {
  if (!isTuple(from) || from.length !== 2) return undefined
  const [pid, tag] = from.elements as readonly Term[]
  return pid instanceof Pid ? new From(new RemoteClient(kernel, server, pid, tag)) : undefined
}

/** Caller that sent its request as a message, and receives the answer as one. */
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
    this.#kernel.send(from ?? this.#server, to, new TupleClass([this.tag, value]), 'accept')
  }
}

/** Returns the alias in `[alias|Ref]`, or in the `[[alias|Ref]|Monitor]` of OTP 28 and later. */
function aliasOf(tag: Term): Reference | undefined {
  if (!(tag instanceof ImproperList) || tag.items.length !== 1) return undefined
  const [first] = tag.items
  if (first === ALIAS) return tag.tail instanceof Reference ? tag.tail : undefined
  return first instanceof ImproperList ? aliasOf(first) : undefined
}
