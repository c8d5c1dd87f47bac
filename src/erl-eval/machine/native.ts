/** Library function that is written in TypeScript. It is called with values, in the calling process. */
export interface Native {
  readonly fn: (...args: never[]) => unknown
  /** Whether it is a generator, which yields calls to the machine. */
  readonly isGenerator: boolean
}

/** Call that a library function requests: `yield call(fun, argument)` evaluates to the result of the call. */
export class CallRequest {
  readonly fn: unknown
  readonly args: unknown[]

  constructor(fn: unknown, args: unknown[]) {
    this.fn = fn
    this.args = args
  }
}

/** Returns the request of a call of a fun. */
export function call(fn: unknown, ...args: unknown[]): CallRequest {
  return new CallRequest(fn, args)
}

/** Tail call that a library function requests: the result of the call is its own result. */
export class TailCall extends CallRequest {}

/** Returns the request of a tail call: `return tailCall(fun, argument)`. */
export function tailCall(fn: unknown, ...args: unknown[]): TailCall {
  return new TailCall(fn, args)
}

/** Library function as a generator: it yields calls and receives their results. */
export type Steps = Generator<CallRequest, unknown, unknown>

const GeneratorFunction = Object.getPrototypeOf(function* () {}).constructor as new () => unknown

export function nativeOf(fn: (...args: never[]) => unknown): Native {
  return { fn, isGenerator: fn instanceof GeneratorFunction }
}
