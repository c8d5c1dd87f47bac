import { fileURLToPath } from 'node:url'
import { BackgroundNode } from './background-node.ts'
import { ScriptedSession, type ScriptedStep } from './scripted-session.ts'
import { runShell } from './shell-command.ts'

const CHAT = fileURLToPath(new URL('../../examples/chat', import.meta.url))

const SCRIPT: readonly ScriptedStep[] = [
  {
    caption: 'alex says hi to kate. It appears on her node, and alex is told :ok.',
    type: "await Chat.sendMessage('kate@localhost', 'hi')",
    expect: ['kate@localhost | hi\n', ':ok\n'],
  },
  {
    caption: 'Moebi is a dog and cannot type. His node answers all the same.',
    type: "await Chat.sendMessage('moebi@localhost', 'hi')",
    expect: ['moebi@localhost | hi\n', 'chicken?\n', ':ok\n'],
  },
  {
    caption: 'Three nodes know each other.',
    type: 'Node.list().sort(compare)',
    expect: ['[:kate@localhost, :moebi@localhost]\n'],
  },
  {
    caption: 'A function of this shell runs on kate. What it prints comes home to alex.',
    type: "Node.spawnLink('kate@localhost', () => IO.puts('greetings from ' + Node.self()))",
    expect: ['greetings from kate@localhost\n', '#PID<'],
  },
]

const BANNER = `The Chat on three nodes: kate@localhost and moebi@localhost are up, and this is alex. (Ctrl-C twice ends all.)
Try: await Chat.sendMessage('moebi@localhost', 'hi')`

/**
 * `moebi start`: kate and moebi as processes of their own, and the shell of alex on the same application. Without a
 * terminal it plays the conversation by itself, and ends with 0 when every answer has come.
 */
export async function runStart(): Promise<void> {
  const conversation =
    process.stdin.isTTY && process.stdout.isTTY
      ? undefined
      : new ScriptedSession(SCRIPT, (text) => void process.stdout.write(text))
  let print = (line: string): void => void process.stdout.write(`${line}\n`)
  const companions = ['kate@localhost', 'moebi@localhost'].map(
    (name) => new BackgroundNode(name, ['-S', CHAT], (line) => print(line)),
  )
  exitWithNpm()
  const stop = (): Promise<unknown> => Promise.all(companions.map((companion) => companion.stop()))
  try {
    await Promise.all(companions.map((companion) => companion.ready))
    await runShell(undefined, {
      sname: 'alex@localhost',
      project: CHAT,
      banner: BANNER,
      ...(conversation && { terminal: conversation }),
      onTerminal: (terminal) => {
        print = (line) => terminal.write(`${line}\n`)
      },
      onEnd: async () => {
        await stop()
        if (!conversation || conversation.complete) return undefined
        const { missingOutput } = conversation
        process.stderr.write(
          missingOutput === undefined
            ? 'moebi: the conversation ended before everything was said\n'
            : `moebi: this did not come: ${JSON.stringify(missingOutput)}\n`,
        )
        return 1
      },
    })
  } catch (error) {
    await stop()
    throw error
  }
}

// npm gives its SIGTERM to a shell that it has put between us, and that ends without passing it on.
function exitWithNpm(): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const look = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(look)
    process.kill(process.pid, 'SIGTERM')
  }, 500)
  look.unref()
}
