/** A function of the library that is written in TypeScript. It is called with values, as code of the calling process. */
export interface Native {
  readonly fn: (...args: never[]) => unknown
  /** Whether it is a generator, which asks the machine for calls. */
  readonly isGenerator: boolean
}

/** A call that a function of the library asks for: `yield call(fun, argument)` gives what the call returns. */
export class CallRequest {
  readonly fn: unknown
  readonly args: unknown[]

  constructor(fn: unknown, args: unknown[]) {
    this.fn = fn
    this.args = args
  }
}

/** Asks for a call of a fun. */
export function call(fn: unknown, ...args: unknown[]): CallRequest {
  return new CallRequest(fn, args)
}

/** A call whose result is that of the function itself: its last step, which needs no place on the stack. */
export class TailCall extends CallRequest {}

/** Asks for a call as the last step: `return tailCall(fun, argument)`. */
export function tailCall(fn: unknown, ...args: unknown[]): TailCall {
  return new TailCall(fn, args)
}

/** What a generator of the library is: it yields calls and gets their results. */
export type Steps = Generator<CallRequest, unknown, unknown>

const GeneratorFunction = Object.getPrototypeOf(function* () {}).constructor as new () => unknown

export function nativeOf(fn: (...args: never[]) => unknown): Native {
  return { fn, isGenerator: fn instanceof GeneratorFunction }
}
