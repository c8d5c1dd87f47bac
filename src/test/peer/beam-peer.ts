import { randomBytes } from 'node:crypto'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { nodeAtom } from '../../process/index.ts'
import { inspect } from '../../term/index.ts'
import { requireTestFile } from '../test-file.ts'
import { currentResources, currentTest } from '../test-process.ts'
import { BeamControl } from './beam-control.ts'
import { identity } from './node-identity.ts'
import { OsProcess } from './os-process.ts'
import { Peer } from './peer.ts'

/** Options of {@link startBeamPeer}. */
export interface BeamPeerOptions {
  /** Elixir code that is evaluated before the test continues, such as definitions of modules. */
  readonly elixir?: string
  /** Further arguments of the command `elixir`, such as `['-pa', '_build/dev/lib/chat/ebin']`. */
  readonly args?: readonly string[]
  /** Environment variables of the process, in addition to those of the test. */
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Starts an Elixir node with the Elixir of this machine, and connects the test to it. It ends as the node of `startPeer` does. Where there is
 * no Elixir, the test is skipped.
 *
 * @param name `kate`, for `kate@localhost`
 * @throws Error with the output of the process when the node does not start, or with the error of the code
 */
export async function startBeamPeer(name: string, options: BeamPeerOptions = {}): Promise<Peer> {
  const file = requireTestFile('startBeamPeer()')
  const resources = currentResources('startBeamPeer()')
  const reason = missingElixir()
  if (reason !== undefined) return leaveOut(reason)
  const node = await file.node()
  const peer = await BeamPeer.start(identity(name, node), options)
  resources.push(peer)
  await node.peers.connect(nodeAtom(peer.name))
  return peer
}

/** Returns why this machine can start no Elixir node; undefined where it can. */
export function missingElixir(): string | undefined {
  const missing = ['elixir', 'erl'].filter((program) => !isOnPath(program))
  return missing.length === 0 ? undefined : `an Elixir node needs ${missing.join(' and ')} on the PATH`
}

function leaveOut(reason: string): never {
  currentTest()?.context.skip(reason)
  throw new Error(
    `${reason}. Start the node in a test, which is skipped then, or check missingElixir() first.`,
  )
}

class BeamPeer extends Peer {
  readonly #process: OsProcess
  readonly #control: BeamControl

  private constructor(name: string, process: OsProcess, control: BeamControl) {
    super(name)
    this.#process = process
    this.#control = control
  }

  static async start(
    { name, longNames, cookie }: ReturnType<typeof identity>,
    { elixir, args = [], env = {} }: BeamPeerOptions,
  ): Promise<BeamPeer> {
    const control = await BeamControl.listen()
    // Other users can read the command line of a process, so the real cookie follows over the control connection.
    const other = randomBytes(16).toString('hex')
    const words = [longNames ? '--name' : '--sname', name, '--cookie', other, ...args, '--no-halt']
    const process = new OsProcess('elixir', [...words, '-e', control.program], environment(env), false)
    void process.exited.then(() => control.close())
    const peer = new BeamPeer(name, process, control)
    const failure = await Promise.race([control.connected, process.exited])
    const setCookie = `Node.set_cookie(${inspect(nodeAtom(cookie))})`
    const error =
      failure ||
      (await control.evaluate(setCookie)) ||
      (elixir === undefined ? '' : await control.evaluate(elixir))
    if (error === '') return peer
    await peer.kill()
    throw new Error(`${name} did not start: ${error}\n${process.output}`.trimEnd())
  }

  get output(): string {
    return this.#process.output
  }

  get osPid(): number {
    return this.#process.child.pid!
  }

  stop(): Promise<void> {
    return this.#process.stop(() => void this.#control.evaluate('System.stop()'))
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#process.exited
  }

  pause(): void {
    this.#process.pause()
  }

  resume(): void {
    this.#process.resume()
  }

  async setCookie(node: string, cookie: string): Promise<void> {
    const name = inspect(nodeAtom(node))
    await this.#control.evaluate(
      `Node.set_cookie(${name}, ${inspect(nodeAtom(cookie))}); Node.disconnect(${name})`,
    )
  }
}

/** The node listens on the loopback interface, starts no epmd, and ends at Ctrl-C. */
function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const flags = '-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false +Bd'
  return {
    ...process.env,
    ERL_AFLAGS: `${process.env.ERL_AFLAGS ?? ''} ${flags}`.trim(),
    LC_ALL: 'C.UTF-8',
    ...env,
  }
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
