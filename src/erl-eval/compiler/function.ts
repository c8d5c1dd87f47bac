import type { Atom } from '../../term/index.ts'
import {
  type Direct,
  type Env,
  type Instruction,
  type Label,
  nameInstructions,
  TAIL,
} from '../machine/index.ts'
import { Closure, type FunctionCode, type FunSource, Raise, systemLimit } from '../value/index.ts'
import { FUNCTION_CLAUSE, INSIDE_FUN } from './atoms.ts'
import type { CompilationUnit, Compiler, Match, Shadow } from './context.ts'
import { compileDirect, needsNoStack } from './direct.ts'
import { emitBody, emitExpression } from './emit.ts'
import { type Form, listPart } from './form.ts'
import { compileGuard } from './guard.ts'
import { compilePattern } from './pattern.ts'
import { Scope } from './scope.ts'

/** Maximum depth of nested expressions. The compiler is recursive, so each level uses the stack of JavaScript. */
const DEEPEST = 400

let lastId = 0

/** Compiles one function. */
export class FunctionCompiler implements Compiler {
  readonly scope: Scope
  readonly unit: CompilationUnit
  readonly name: Atom
  readonly #code: Instruction[] = []
  readonly #isDirect = new Map<Form, boolean>()
  #depth: number

  constructor(
    unit: CompilationUnit,
    name: Atom,
    arity: number,
    parent: FunctionCompiler | undefined,
    outer: Scope | undefined,
  ) {
    this.unit = unit
    this.name = name
    this.#depth = parent ? parent.#depth : 0
    this.scope = new Scope(arity, outer)
  }

  /** Compiles the clauses of the function. */
  compile(clauses: readonly Form[], funName: Atom | undefined, anno: Form): FunctionCode {
    const { scope, unit, name } = this
    const arity = listPart(clauses[0], 2).length
    const selfAt = funName ? scope.bind(funName.name) : -1
    for (const clause of clauses) {
      const next = this.label()
      scope.inner(() => {
        this.#head(clause, next)
        this.body(listPart(clause, 4), TAIL)
      })
      this.mark(next)
    }
    const isFun = unit.prompt !== undefined
    this.add(({ env }) => {
      const args = env.slice(0, arity)
      throw new Raise('error', FUNCTION_CLAUSE, {
        module: unit.module,
        name: isFun ? INSIDE_FUN : name,
        args,
      })
    })
    const source: FunSource | undefined = unit.prompt && { clauses, anno, funName, ...unit.prompt }
    const code: FunctionCode = {
      id: ++lastId,
      arity,
      slots: scope.slots,
      capturedAt: scope.captures.map(({ at }) => at),
      capturedNames: scope.captures.map((capture) => capture.name),
      selfAt,
      code: this.#code,
      module: unit.module,
      name,
      source,
    }
    nameInstructions(this.#code, code)
    return code
  }

  #head(clause: Form, next: Label): void {
    const shadow: Shadow = new Set()
    const patterns = listPart(clause, 2).map((pattern) => this.pattern(pattern, shadow))
    const guard = this.guard(listPart(clause, 3))
    const match = matchAll(patterns)
    if (guard)
      this.add((m) => {
        const { env } = m
        if (!match(env) || !guard(env)) m.pc = next.pc
      })
    else if (patterns.length > 0)
      this.add((m) => {
        if (!match(m.env)) m.pc = next.pc
      })
  }

  isDirect(form: Form): boolean {
    const known = this.#isDirect.get(form)
    if (known !== undefined) return known
    const direct = this.nested(() => needsNoStack(this, form))
    this.#isDirect.set(form, direct)
    return direct
  }

  direct(form: Form): Direct {
    return this.nested(() => compileDirect(this, form))
  }

  pattern(form: Form, shadow: Shadow): Match {
    return this.nested(() => compilePattern(this, form, shadow))
  }

  guard(guards: readonly Form[]): ((env: Env) => boolean) | undefined {
    return compileGuard(this, guards)
  }

  fun(clauses: readonly Form[], funName: Atom | undefined, anno: Form): Direct {
    const arity = listPart(clauses[0], 2).length
    const inner = new FunctionCompiler(this.unit, this.name, arity, this, this.scope)
    const code = inner.compile(clauses, funName, anno)
    const from = inner.scope.captures.map((capture) => capture.from)
    return (env) =>
      new Closure(
        code,
        from.map((at) => env[at]),
      )
  }

  emit(form: Form, dst: number): void {
    this.nested(() => emitExpression(this, form, dst))
  }

  body(forms: readonly Form[], dst: number): void {
    emitBody(this, forms, dst)
  }

  add(instruction: Instruction): void {
    this.#code.push(instruction)
  }

  label(): Label {
    return { pc: -1 }
  }

  mark(label: Label): void {
    label.pc = this.#code.length
  }

  nested<T>(compile: () => T): T {
    if (++this.#depth > DEEPEST) systemLimit()
    try {
      return compile()
    } finally {
      this.#depth--
    }
  }
}

function matchAll(patterns: readonly Match[]): (env: Env) => boolean {
  const [first, second] = patterns
  if (patterns.length === 1) return (env) => first!(env[0], env)
  if (patterns.length === 2) return (env) => first!(env[0], env) && second!(env[1], env)
  return (env) => {
    for (let i = 0; i < patterns.length; i++) if (!patterns[i]!(env[i], env)) return false
    return true
  }
}
