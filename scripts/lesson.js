// Plays the lesson's sessions in real terminals against a chosen release of OTP and prints what every pane showed:
//   npm run lesson -- --peer otp29 [--cast elixir,moebi,elixir]
// A cast is who plays alex, kate and moebi; without one all are played: the two of the first half, one of them also between
// two networks, and the three of the Chat.
// Without a peer: the machine's own Elixir.
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { hasNamespaces, namespacesNeed } from './namespaces.js'

const project = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { peer: { type: 'string' }, cast: { type: 'string' } } })

const networks = values.cast === undefined && hasNamespaces() ? ['test/beam/networks.test.ts'] : []
node(['scripts/setup.js'], {})
node(
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    'test/beam/lesson.test.ts',
    ...networks,
    'test/beam/chat.test.ts',
    '--reporter',
    './test/lesson/reporter.ts',
  ],
  {
    MOEBI_BEAM_ROOT: rootOf(values.peer),
    MOEBI_LESSON_CAST: values.cast ?? '',
  },
)

if (values.cast === undefined && networks.length === 0)
  console.log(`\nLeft out: the sessions between two networks; ${namespacesNeed}.`)

/** Runs a Node.js program of the project; its failure is ours. */
function node(argv, env) {
  const { status } = spawnSync(process.execPath, argv, {
    cwd: project,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  if (status !== 0) process.exit(status ?? 1)
}

/** The folder a peer lives in; empty for the machine's own. */
function rootOf(peer) {
  if (peer === undefined || peer === machinePeer()) return ''
  const output = { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }
  try {
    return execFileSync(process.execPath, ['scripts/peer.js', peer], output).trim()
  } catch {
    console.error(
      `The machine's own Elixir is ${machinePeer() ?? 'missing'}; the peer ${peer} could not be built.`,
    )
    process.exit(1)
  }
}

function machinePeer() {
  const code = 'io:format("otp~s", [erlang:system_info(otp_release)]), halt().'
  try {
    return execFileSync('erl', ['-noshell', '-eval', code], { encoding: 'utf8' })
  } catch {
    return undefined
  }
}
