import { currentProcess, type Kernel, report } from '../process/index.ts'
import { Atom, atom, bytes, isTuple, type Pid, type Term } from '../term/index.ts'
import { debugInfoOf } from './beam-file.ts'
import { type Form, kindOf, part } from './compiler/index.ts'
import { FetchedModule } from './fetched-module.ts'

const OK = atom('ok')
const ERPC = atom('erpc') as Atom
const CALL = atom('call') as Atom
const ERLANG_V1 = atom('erlang_v1')
/** Timeout of each call to the node, in ms. */
const TIMEOUT = 20_000
/** Modules that are part of the virtual machine, and have no code that could run elsewhere. */
const PART_OF_THE_VM = /^(erlang|erts_.*|prim_.*|init|atomics|counters|persistent_term|zlib|socket_registry)$/

/**
 * Modules that were fetched, by release of OTP and MD5 of the code. Nodes with the same code share a module. It is freed when
 * no connected node has it.
 */
export class SharedModules {
  readonly #modules = new Map<string, WeakRef<FetchedModule>>()
  readonly #freed = new FinalizationRegistry<string>((key) => {
    if (!this.#modules.get(key)?.deref()) this.#modules.delete(key)
  })

  get(key: string): FetchedModule | undefined {
    return this.#modules.get(key)?.deref()
  }

  add(key: string, module: FetchedModule): void {
    this.#modules.set(key, new WeakRef(module))
    this.#freed.register(module, key)
  }
}

/** Modules that are fetched from another node, whose funs call them. */
export class ModuleFetcher {
  readonly #kernel: Kernel
  readonly #node: Atom
  readonly #shared: SharedModules
  #release: Promise<string> | undefined
  readonly #modules = new Map<Atom, FetchedModule | undefined | Promise<FetchedModule | undefined>>()

  constructor(kernel: Kernel, node: Atom, shared: SharedModules) {
    this.#kernel = kernel
    this.#node = node
    this.#shared = shared
  }

  /** Returns a module of the node; undefined when the node does not have the module or its debug information. */
  module(name: Atom): FetchedModule | undefined | Promise<FetchedModule | undefined> {
    if (this.#modules.has(name)) return this.#modules.get(name)
    if (PART_OF_THE_VM.test(name.name)) return undefined
    const fetched = this.#fetch(name).then(
      (module) => {
        this.#modules.set(name, module)
        return module
      },
      () => {
        // The next call of the module asks the node again.
        this.#modules.delete(name)
        return undefined
      },
    )
    this.#modules.set(name, fetched)
    return fetched
  }

  // A separate process fetches the module: the process that needs it may end while others wait for the module too.
  #fetch(name: Atom): Promise<FetchedModule | undefined> {
    const groupLeader = currentProcess()?.groupLeader
    return new Promise((resolve, reject) => {
      this.#kernel.spawn(() => this.#share(name, groupLeader).then(resolve, reject), {
        label: `fetching ${name.name}`,
      })
    })
  }

  async #share(name: Atom, groupLeader: Pid | undefined): Promise<FetchedModule | undefined> {
    const md5 = await this.#call(name, 'module_info', [atom('md5')]).catch(() => undefined)
    if (typeof md5 !== 'string' && !(md5 instanceof Uint8Array)) return this.#ask(name)
    this.#release ??= this.#call(atom('erlang') as Atom, 'system_info', [atom('otp_release')]).then(String)
    const key = `${name.name} ${await this.#release} ${Buffer.from(bytes(md5)).toString('hex')}`
    const known = this.#shared.get(key)
    if (known) return known
    const module = await this.#ask(name)
    if (module) this.#shared.add(key, module)
    else this.#explain(name, groupLeader)
    return module
  }

  // The node has the module, but not its forms. A module of the node's prompt has no file.
  #explain(name: Atom, groupLeader: Pid | undefined): void {
    const [module, node, here] = [name.name.replace(/^Elixir\./, ''), this.#node.name, this.#kernel.name.name]
    const text =
      `${here} cannot fetch the module ${module} of ${node}: there is no file of it with debug information. ` +
      `If it was defined at a prompt, write it to a file, and type c("FILE.ex", ".") there. In a release, set strip_beams: false.`
    report({ kernel: this.#kernel, level: 'warning', text, ...(groupLeader && { groupLeader }) })
  }

  async #ask(name: Atom): Promise<FetchedModule | undefined> {
    const found = await this.#call(atom('code'), 'get_object_code', [name])
    if (!isTuple(found) || found.length !== 3) return undefined
    const beam = found.elements[1]
    const info = typeof beam === 'string' || beam instanceof Uint8Array ? debugInfoOf(bytes(beam)) : undefined
    if (!info || !(info.backend instanceof Atom)) return undefined
    const answer = await this.#call(info.backend, 'debug_info', [ERLANG_V1, name, info.data, []])
    if (!isTuple(answer) || answer.elements[0] !== OK) return undefined
    let forms = answer.elements[1] as readonly Form[]
    if (forms.some(isRecord))
      forms = (await this.#call(atom('erl_expand_records'), 'module', [forms, []])) as Form[]
    return new FetchedModule(name, forms)
  }

  #call(module: Atom, name: string, args: readonly Term[]): Promise<Term> {
    return this.#kernel.apply(ERPC, CALL, [this.#node, module, atom(name), args, TIMEOUT]) as Promise<Term>
  }
}

const isRecord = (form: Form): boolean =>
  isTuple(form) && kindOf(form) === 'attribute' && String(part(form, 2)) === 'record'
