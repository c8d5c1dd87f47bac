// Runs the lesson's sessions in real terminals with a chosen release of OTP, and prints the output of every pane:
//   npm run lesson -- --peer otp29 [--cast elixir,moebi,elixir]
// A cast names the roles of alex, kate and moebi. Without one all casts run: the two of the first half, one of them also between
// two networks, and the three of the Chat.
// Without --peer the Elixir of this machine is used.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { hasNamespaces, namespacesNeed } from './namespaces.js'
import { peerRoot } from './peer-root.js'

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
    MOEBI_BEAM_ROOT: peerRoot(values.peer),
    MOEBI_LESSON_CAST: values.cast ?? '',
  },
)

if (values.cast === undefined && networks.length === 0)
  console.log(`\nLeft out: the sessions between two networks; ${namespacesNeed}.`)

/** Runs a Node.js program of the project. Exits with its exit code when it fails. */
function node(argv, env) {
  const { status } = spawnSync(process.execPath, argv, {
    cwd: project,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  if (status !== 0) process.exit(status ?? 1)
}
