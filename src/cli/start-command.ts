import { fileURLToPath } from 'node:url'
import { ensureEpmd } from '../epmd/index.ts'
import { defaultEpmdCommand } from '../node/index.ts'
import { packageFolder } from '../package/index.ts'
import { BackgroundNode } from './background-node.ts'
import { ScriptedSession, type ScriptedStep } from './scripted-session.ts'
import { runShell } from './shell-command.ts'

const CHAT = fileURLToPath(new URL('examples/chat', packageFolder))

const SCRIPT: readonly ScriptedStep[] = [
  {
    caption: 'alex sends hi to kate. The node kate prints it, and alex gets :ok.',
    type: "await Chat.sendMessage('kate@localhost', 'hi')",
    expect: ['kate@localhost | hi\n', ':ok\n'],
  },
  {
    caption: 'Moebi is a dog, so he cannot type. His node replies for him.',
    type: "await Chat.sendMessage('moebi@localhost', 'hi')",
    expect: ['moebi@localhost | hi\n', 'chicken?\n', ':ok\n'],
  },
  {
    caption: 'The three nodes are connected.',
    type: 'Node.list().sort(compare)',
    expect: ['[:kate@localhost, :moebi@localhost]\n'],
  },
  {
    caption: 'A function of this shell runs on kate. Its output appears at the terminal of alex.',
    type: "Node.spawnLink('kate@localhost', () => IO.puts('greetings from ' + Node.self()))",
    expect: ['greetings from kate@localhost\n', '#PID<'],
  },
]

const BANNER = `The Chat on three nodes: kate@localhost and moebi@localhost are up, and this is alex. (Ctrl-C twice ends all.)
Try: await Chat.sendMessage('moebi@localhost', 'hi')`

/**
 * Runs `moebi start`: starts the nodes kate and moebi in processes of their own, and the shell of alex on the same application.
 * Without a terminal it types a script, and the exit code is 0 when all expected output was printed.
 */
export async function runStart(): Promise<void> {
  const session =
    process.stdin.isTTY && process.stdout.isTTY
      ? undefined
      : new ScriptedSession(SCRIPT, (text) => void process.stdout.write(text))
  // Without it, each of the two nodes starts one. A node that finds none says why.
  ensureEpmd({ command: defaultEpmdCommand() }).catch(() => {})
  let print = (line: string): void => void process.stdout.write(`${line}\n`)
  const nodes = ['kate@localhost', 'moebi@localhost'].map(
    (name) => new BackgroundNode(name, ['-S', CHAT], (line) => print(line)),
  )
  exitWithNpm()
  const stop = (): Promise<unknown> => Promise.all(nodes.map((node) => node.stop()))
  try {
    await Promise.all(nodes.map((node) => node.ready))
    await runShell(undefined, {
      sname: 'alex@localhost',
      project: CHAT,
      banner: BANNER,
      ...(session && { terminal: session }),
      onTerminal: (terminal) => {
        print = (line) => terminal.write(`${line}\n`)
      },
      onEnd: async () => {
        await stop()
        if (!session || session.complete) return undefined
        const { missingOutput } = session
        process.stderr.write(
          missingOutput === undefined
            ? 'moebi: the session ended before all steps were typed\n'
            : `moebi: expected output was not printed: ${JSON.stringify(missingOutput)}\n`,
        )
        return 1
      },
    })
  } catch (error) {
    await stop()
    throw error
  }
}

// npm runs this program in a shell. SIGTERM ends that shell, which does not pass the signal on: the new parent process shows it.
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
