import { Atom, atom } from '../../term/index.ts'
import { pureFunction } from '../bif/index.ts'
import { type Direct, type Env, TAIL } from '../machine/index.ts'
import { Closure, type FunctionCode, Raise, withOrigin } from '../value/index.ts'
import { ERLANG, SHELL_DEFAULT } from './atoms.ts'
import { isAutoImported } from './auto-imported.ts'
import type { Compiler } from './context.ts'
import { evaluatorFunction } from './failure.ts'
import { atomIn, type Form, kindOf, listPart, part } from './form.ts'
import { operands, result } from './operands.ts'

/** Appends the instructions of a call. */
export function emitCall(c: Compiler, form: Form, dst: number): void {
  const callee = part(form, 2)
  const args = listPart(form, 3)
  if (kindOf(callee) === 'remote') return emitRemote(c, part(callee, 2), part(callee, 3), args, dst)
  const name = atomIn(callee)
  if (name) return emitLocal(c, name, args, dst)
  const [fn, ...values] = operands(c, [callee, ...args])
  emitFunCall(c, fn!, values, dst)
}

function emitFunCall(c: Compiler, fn: Direct, args: readonly Direct[], dst: number): void {
  const arity = args.length
  const origin = evaluatorFunction(c, 'do_apply', 6)
  c.add((m) => {
    const { env } = m
    const callee = fn(env)
    if (!(callee instanceof Closure) || callee.code.arity !== arity) {
      const values = args.map((arg) => arg(env))
      try {
        return m.apply(callee, values, dst)
      } catch (thrown) {
        throw withOrigin(thrown, origin)
      }
    }
    const inner: Env = new Array(callee.code.slots)
    for (let i = 0; i < arity; i++) inner[i] = args[i]!(env)
    if (dst !== TAIL) m.push(dst)
    m.begin(callee.code, inner, callee)
  })
}

function emitRemote(c: Compiler, moduleForm: Form, nameForm: Form, args: readonly Form[], dst: number): void {
  const module = atomIn(moduleForm)
  const name = atomIn(nameForm)
  if (module && name) {
    const pure = module === ERLANG ? pureFunction(name.name, args.length) : undefined
    const values = operands(c, args)
    if (pure) return result(c, (env) => pure(...values.map((value) => value(env))), dst)
    return c.add((m) =>
      m.call(
        module,
        name,
        values.map((value) => value(m.env)),
        dst,
      ),
    )
  }
  const [m0, f0, ...values] = operands(c, [moduleForm, nameForm, ...args])
  c.add((m) => {
    const { env } = m
    const [target, called] = [m0!(env), f0!(env)]
    const given = values.map((value) => value(env))
    if (!(target instanceof Atom) || !(called instanceof Atom))
      throw new Raise('error', atom('badarg'), {
        module: ERLANG,
        name: atom('apply') as Atom,
        args: [target, called, given],
      })
    m.call(target, called, given, dst)
  })
}

function emitLocal(c: Compiler, name: Atom, args: readonly Form[], dst: number): void {
  const arity = args.length
  const local = c.unit.local(name.name, arity)
  const values = operands(c, args)
  if (local) return emitLocalCall(c, local, values, dst)
  const pure = pureFunction(name.name, arity)
  if (pure) return result(c, (env) => pure(...values.map((value) => value(env))), dst)
  const module = c.unit.imported(name.name, arity) ?? (isAutoImported(name.name) ? ERLANG : SHELL_DEFAULT)
  c.add((m) =>
    m.call(
      module,
      name,
      values.map((value) => value(m.env)),
      dst,
    ),
  )
}

function emitLocalCall(c: Compiler, local: () => FunctionCode, args: readonly Direct[], dst: number): void {
  const arity = args.length
  let code: FunctionCode | undefined
  c.add((m) => {
    code ??= local()
    const { env } = m
    const inner: Env = new Array(code.slots)
    for (let i = 0; i < arity; i++) inner[i] = args[i]!(env)
    if (dst !== TAIL) m.push(dst)
    m.begin(code, inner, undefined)
  })
}

const SEND = atom('send') as Atom
const BANG = atom('!') as Atom

/** Appends the instructions of `To ! Message`. */
export function emitSend(c: Compiler, form: Form, dst: number): void {
  const [to, message] = operands(c, [part(form, 3), part(form, 4)])
  // The name that a stack shows.
  const name = c.unit.prompt ? BANG : SEND
  c.add((m) => m.call(ERLANG, name, [to!(m.env), message!(m.env)], dst))
}
