import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type EpmdServer, startEpmd } from '../../src/epmd/index.ts'
import { pageExamples } from '../support/page-examples.ts'

/** A server of Debian with a folder, a cookie, ports and an epmd of its own. It is never started as a service. */
export class Service implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #epmd: EpmdServer
  readonly #folder: string
  readonly #before = process.env.ERL_EPMD_PORT
  #output = ''

  private constructor(child: ChildProcess, epmd: EpmdServer, folder: string) {
    this.#child = child
    this.#epmd = epmd
    this.#folder = folder
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (bytes: Buffer) => {
        this.#output += bytes.toString()
      })
    process.env.ERL_EPMD_PORT = String(epmd.port)
  }

  /** @param command returns the words of the command and its environment, for the folder of the server */
  static async start(
    cookie: string,
    ready: string,
    command: (folder: string) => { readonly words: readonly string[]; readonly env: NodeJS.ProcessEnv },
  ): Promise<Service> {
    const folder = mkdtempSync(join(tmpdir(), 'moebi-service-'))
    writeFileSync(join(folder, '.erlang.cookie'), cookie, { mode: 0o400 })
    const epmd = await startEpmd({ port: 0 })
    const { words, env } = command(folder)
    const [program = '', ...rest] = words
    const child = spawn(program, rest, {
      cwd: folder,
      env: {
        ...process.env,
        HOME: folder,
        ERL_EPMD_PORT: String(epmd.port),
        ERL_EPMD_ADDRESS: '127.0.0.1',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: the start scripts leave children.
      detached: true,
    })
    const service = new Service(child, epmd, folder)
    await expect.poll(() => service.#output, { timeout: 100_000 }).toContain(ready)
    return service
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = this.#child.exitCode === null ? once(this.#child, 'exit') : undefined
    process.kill(-this.#child.pid!, 'SIGKILL')
    await exit
    await this.#epmd.close()
    rmSync(this.#folder, { recursive: true, force: true })
    if (this.#before === undefined) delete process.env.ERL_EPMD_PORT
    else process.env.ERL_EPMD_PORT = this.#before
  }
}

/**
 * Runs the `typescript` blocks of a page as one example. The blocks of other pages are `ts` blocks, which need no server and run
 * with every test.
 */
export async function runPage(page: string): Promise<void> {
  const text = readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8')
  // One heading, so that the blocks share their declarations.
  const source = text.replace(/^#+ /gm, '').replace(/^```typescript$/gm, '```ts')
  const examples = pageExamples(source)
  for (const [, body] of examples) await body()
  expect(examples).toHaveLength(1)
}
