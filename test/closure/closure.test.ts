import { beforeEach, expect, test } from 'vitest'
import { type AnyFunction, type FreeVariableLookup, serializeCall } from '../../src/closure/index.ts'
import { closureCaller } from '../../src/closure/serve-closures.ts'
import { decode, encode } from '../../src/etf/index.ts'
import { CLOSURE_MODULE, type ClosureCaller } from '../../src/node/index.ts'
import { type Kernel, LocalKernel } from '../../src/process/index.ts'
import { atom, type Term, tuple } from '../../src/term/index.ts'

let kate: Kernel
let callClosure: ClosureCaller

beforeEach(() => {
  kate = new LocalKernel({ name: atom('kate@localhost') })
  callClosure = closureCaller(kate, { tuple, atom })
  kate.modules.define('Kate', { sayName: () => 'Kate', add: (a: number, b: number) => a + b })
})

/** Calls a function on kate. The call is encoded and decoded. */
function callAtKate(fn: AnyFunction, bindings: Record<string, unknown> = {}, args: Term[] = []): unknown {
  const lookup: FreeVariableLookup = (name) =>
    Object.hasOwn(bindings, name) ? { value: bindings[name] } : undefined
  const { module, args: carried } = serializeCall(fn, args, lookup)
  expect(module).toBe(CLOSURE_MODULE)
  return callClosure(...(decode(encode(carried as Term)) as [Term, Term, Term]))
}

/** Calls a function that is given as source code, so that no compiler changes its names. */
function sourceAtKate(source: string, bindings: Record<string, unknown> = {}, args: Term[] = []): unknown {
  return callAtKate(new Function(`return (${source})`)() as AnyFunction, bindings, args)
}

test("a function finds the other node's modules, by both names of an export", () => {
  expect(sourceAtKate('() => Kate.sayName() + Kate.say_name() + Kate.add(1, 2)')).toBe('KateKate3')
})

test('a call reaches the current version of a module that was defined again', () => {
  const call = sourceAtKate('() => () => Kate.sayName()') as () => string
  kate.modules.redefine('Kate', { sayName: () => 'Kate II' }, 'the prompt')
  expect(call()).toBe('Kate II')
})

test('declared values are sent by value, and shadow the modules of the other node', () => {
  const values = { greeting: 'hi', list: [1, tuple(atom('a'), 2)], Kate: { sayName: 'mine' } }
  expect(sourceAtKate('() => [greeting, list, Kate.sayName]', values)).toEqual([
    'hi',
    [1, tuple(atom('a'), 2)],
    'mine',
  ])
})

test('declared functions are sent with their own free variables', () => {
  const ten = 10
  const twice = new Function('return (x) => x * factor')() as AnyFunction
  const bindings = { twice, factor: 2, ten }
  expect(sourceAtKate('() => twice(twice(ten))', bindings)).toBe(40)
})

test('a method of a module is sent as a function', () => {
  const { sayHi } = {
    sayHi: new Function('return ({ sayHi(name) { return "hi " + name } }).sayHi')() as AnyFunction,
  }
  expect(callAtKate(sayHi, {}, ['joe'])).toBe('hi joe')
})

test('bindings of the prompt are those of the other node, and the globals of JavaScript are in scope', () => {
  expect(sourceAtKate("() => [tuple(atom('ok'), Math.max(1, 2)), typeof setTimeout, undefined]")).toEqual([
    tuple(atom('ok'), 2),
    'function',
    undefined,
  ])
})

test('an unknown name throws a ReferenceError when the function uses it', () => {
  expect(sourceAtKate('(late) => late ? Moebi.bark() : 1', {}, [false])).toBe(1)
  expect(() => sourceAtKate('() => Moebi.bark()')).toThrow(new ReferenceError('Moebi is not defined'))
})

test("declarations at the other node's prompt are not in scope", () => {
  const name = 'declaredAtTheOtherPrompt'
  Object.assign(globalThis, { [name]: 'secret' })
  try {
    expect(() => sourceAtKate(`() => ${name}`)).toThrow(`${name} is not defined`)
  } finally {
    delete (globalThis as Record<string, unknown>)[name]
  }
})

test('functions are strict code, and do not share a scope', () => {
  expect(() => sourceAtKate('() => { leak = 1 }')).toThrow(ReferenceError)
  expect(sourceAtKate('function () { return this }')).toBeUndefined()
})

test('an error names the variable that cannot be sent', () => {
  const promise = Promise.resolve(1)
  expect(() => sourceAtKate('() => promise', { promise })).toThrow('promise is a promise')
  expect(() => sourceAtKate('() => push(1)', { push: Array.prototype.push })).toThrow(
    'push cannot be sent to another node',
  )
  const bindings: Record<string, unknown> = {}
  bindings.even = new Function('return (n) => n === 0 || odd(n - 1)')()
  bindings.odd = new Function('return (n) => n !== 0 && even(n - 1)')()
  expect(() => sourceAtKate('() => even(4)', bindings)).toThrow('even refers to itself')
})

test('a malformed call is an error of that call', () => {
  const apply = (...args: [Term, Term, Term]): unknown => callClosure(...args)
  expect(() => apply(1, {}, [])).toThrow()
  expect(() => apply('() => 1', 5, [])).toThrow('the bindings of a closure are a map')
  expect(() => apply('() => x', new Map([['x', 1]]), [])).toThrow('a binding of a closure is')
  expect(() => apply('() => {', {}, [])).toThrow(SyntaxError)
  expect(() => apply('(() => { throw 1 })()', {}, [])).toThrow(SyntaxError)
  expect(apply('() => 1', {}, [])).toBe(1)
})
