import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { names } from '../../src/epmd/index.ts'
import { epmdEnv, moebi } from '../support/beam.ts'
import { eventually } from '../support/eventually.ts'
import { localEpmd } from '../support/ports.ts'
import { Terminal } from '../support/terminal.ts'
import { groupEnded } from './ended-group.ts'

interface Started extends AsyncDisposable {
  readonly terminal: Terminal
  readonly epmdPort: number
}

/** Types `moebi start` (or a line that contains it) into a terminal, and waits for the prompt. */
async function start(
  line: (words: string[]) => string[] = (words) => words,
  env: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const epmd = await localEpmd()
  const home = await mkdtemp(join(tmpdir(), 'moebi-start-'))
  const terminal = await Terminal.start(line(moebi(['start'], { HOME: home, ...epmdEnv(epmd.port), ...env })))
  const started = {
    terminal,
    epmdPort: epmd.port,
    async [Symbol.asyncDispose]() {
      await terminal.stop()
      await epmd.close()
      await rm(home, { recursive: true, force: true })
    },
  }
  try {
    await terminal.waitFor('moebi(alex@localhost)1>', { timeout: 40_000 })
    return started
  } catch (error) {
    await started[Symbol.asyncDispose]()
    throw error
  }
}

describe('moebi start in a terminal', () => {
  test('opens the shell of alex, where moebi replies; System.halt() ends all three nodes', async () => {
    await using started = await start()
    const { terminal } = started
    const pid = await terminal.pid()
    await terminal.type("await Chat.sendMessage('moebi@localhost', 'hi')\n")
    await terminal.waitFor('moebi(alex@localhost)2>')
    // It comes by another way than the answer.
    await terminal.waitFor('moebi@localhost | hi')
    const lines = (await terminal.text()).split('\n').filter((line) => line !== '')
    expect(lines.slice(0, 3)).toEqual([
      'The Chat on three nodes: kate@localhost and moebi@localhost are up, and this is alex. (Ctrl-C twice ends all.)',
      "Try: await Chat.sendMessage('moebi@localhost', 'hi')",
      "moebi(alex@localhost)1> await Chat.sendMessage('moebi@localhost', 'hi')",
    ])
    expect(lines.slice(3).toSorted()).toEqual([
      ':ok',
      'chicken?',
      'moebi(alex@localhost)2>',
      'moebi@localhost | hi',
    ])
    await terminal.type('System.halt()\n')
    await groupEnded(pid)
  })

  const endings: Readonly<Record<string, (terminal: Terminal, pid: number) => Promise<unknown> | unknown>> = {
    'Ctrl-D': (terminal) => terminal.key('C-d'),
    'Ctrl-C twice': (terminal) => terminal.key('C-c', 'C-c'),
    SIGTERM: (_, pid) => process.kill(pid, 'SIGTERM'),
    SIGKILL: (_, pid) => process.kill(pid, 'SIGKILL'),
    'closing the terminal': (terminal) => terminal.hangUp(),
  }
  for (const [what, end] of Object.entries(endings))
    test(`${what} ends all three nodes`, async () => {
      await using started = await start()
      const { terminal } = started
      const pid = await terminal.pid()
      await end(terminal, pid)
      await groupEnded(pid)
    })

  test('SIGTERM to npm, whose shell passes no signal on, ends all three nodes', async () => {
    const between = (words: string[]): string => `/bin/sh -c 'echo between $$; ${words.join(' ')}; :'`
    await using started = await start((words) => ['/bin/sh', '-c', `${between(words)}; sleep 1000`], {
      npm_lifecycle_event: 'start',
    })
    const known = () => names('localhost', { port: started.epmdPort })
    expect(await known()).toHaveLength(3)
    process.kill(Number(/between (\d+)/.exec(await started.terminal.text())![1]), 'SIGTERM')
    await eventually('their names to be gone', async () => (await known()).length === 0)
  })
})
