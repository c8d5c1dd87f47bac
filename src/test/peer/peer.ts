import { type Code, Node } from '../../node/index.ts'
import type { Term } from '../../term/index.ts'
import type { Resource } from '../test-file.ts'

/** Runs a function on a peer, and resolves with its value. */
export interface PeerCall {
  <A extends readonly Term[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>>
  (code: Code): Promise<Term>
}

/** Node that a test has started. It ends with the test, or with the file when it was started in `beforeAll`. */
export abstract class Peer implements AsyncDisposable, Resource {
  /** `kate@localhost` */
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  /** What the node has printed and logged. */
  abstract readonly output: string
  /** The process of the operating system; undefined for a node in the process of the test. */
  abstract readonly osPid: number | undefined

  /**
   * Runs a function on the node and resolves with its value. The output of the function appears in the test.
   *
   * @param fn a function that a module of the application exports, or one that is written in place. For an Elixir node also
   *   elixir`…`
   * @throws what the function throws, as `erpc.call` does
   */
  call: PeerCall = (fn: Code | ((...args: never[]) => unknown), ...args: Term[]) =>
    Node.eval(this.name, fn as Code, ...(args as [])) as Promise<never>

  /** Stops the node: its applications first. Does nothing when it has ended. */
  abstract stop(): Promise<void>
  /** Ends the node at once, as a crash of its machine would. */
  abstract kill(): Promise<void>
  /** Sends SIGSTOP: the node is silent, and its connections stay open. */
  abstract pause(): void
  abstract resume(): void
  /** Makes the node refuse connections with another node, or, without a cookie, accept them again. Disconnects it first. */
  abstract setCookie(node: string, cookie: string): Promise<void>

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  end(): Promise<void> {
    return this.stop()
  }

  /** Shows the output of the node below the failure of the test. */
  onFailure(): void {
    const output = this.output.trim()
    if (output === '') return console.error(`${this.name} has printed nothing.`)
    console.error(output.replaceAll(/^/gm, `${this.name} | `))
  }
}
