import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import * as words from '../../src/index.ts'
import { LocalKernel, setDefaultKernel } from '../../src/process/index.ts'
import { type ReadRequest, Shell, type Terminal } from '../../src/shell/index.ts'

// The inputs of each `shell` block of docs/shell.md are typed into a shell, whose output must be that of the block but for the pids.
const page = readFileSync(join(import.meta.dirname, '../../docs/shell.md'), 'utf8')
const blocks = [...page.matchAll(/^```shell\n(.*?)^```$/gms)].map(([, block]) => block!)

test('the page has sessions', () => expect(blocks.length).toBeGreaterThan(6))

for (const block of blocks)
  test(`the session of the page that begins with ${block.split('\n')[0]}`, async () => {
    const kernel = new LocalKernel()
    setDefaultKernel(kernel)
    const session = new Session(inputsOf(block))
    const shell = new Shell({ kernel, terminal: session, bindings: words, halt: () => {} })
    await shell.run()
    shell.close()
    expect(withoutPids(session.screen)).toBe(withoutPids(block))
  })

function inputsOf(block: string): string[] {
  const inputs: string[] = []
  for (const line of block.split('\n')) {
    const [, first, more, text = ''] = /^(?:(moebi)|(\.\.\.))\(\d+\)> ?(.*)$/.exec(line) ?? []
    if (first) inputs.push(text)
    else if (more) inputs.push(`${inputs.pop()}\n${text}`)
  }
  return inputs
}

function withoutPids(text: string): string {
  return text.replaceAll(/#PID<0\.\d+\.0>/g, '#PID<…>')
}

/** Terminal at which the given inputs are typed. */
class Session implements Terminal {
  readonly interactive = true
  readonly colors = false
  readonly columns = 80
  readonly rows = 24
  screen = ''
  readonly #inputs: string[]

  constructor(inputs: string[]) {
    this.#inputs = inputs
  }

  write(text: string): void {
    this.screen += text
  }

  readLine(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  readInput({ prompt, continuation }: ReadRequest): Promise<string | undefined> {
    const input = this.#inputs.shift()
    if (input !== undefined) this.screen += `${prompt}${input.replaceAll('\n', `\n${continuation}`)}\n`
    return Promise.resolve(input)
  }

  reprompt(): void {}
  onInterrupt(): void {}
  discard(): void {}
  close(): void {}
}
