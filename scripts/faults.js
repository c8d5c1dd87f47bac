// Injects faults into clusters of nodes under load; see docs/reliability.md.
//   npm run faults                  for an hour
//   npm run faults -- --minutes 20  for another time
//   npm run faults -- --short       each fault once, in less than four minutes
// --seed N injects the faults of an earlier run, --only WORDS one fault, --write puts the figures into docs/reliability.md.
// Other arguments are passed to vitest.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('..', import.meta.url))
const page = join(project, 'docs/reliability.md')
const words = process.argv.slice(2)
const short = flag('--short')
const write = flag('--write')
const minutes = option('--minutes') ?? (short ? undefined : '60')
const seed = option('--seed')
const only = option('--only')

const folder = mkdtempSync(join(tmpdir(), 'moebi-faults-'))
const figures = join(folder, 'figures.md')
const status =
  node(['scripts/setup.js'], {}) ||
  node(['node_modules/vitest/vitest.mjs', 'run', 'test/faults', '--maxWorkers=1', ...words], {
    MOEBI_FAULTS_FIGURES: figures,
    ...(minutes && { MOEBI_FAULTS_MINUTES: minutes }),
    ...(seed && { MOEBI_FAULTS_SEED: seed }),
    ...(only && { MOEBI_FAULTS_ONLY: only }),
  })
if (write && existsSync(figures)) writeFigures(readFileSync(figures, 'utf8'))
rmSync(folder, { recursive: true })
process.exitCode = status

/** Puts the figures between the comments `figures` and `end` of the page. */
function writeFigures(text) {
  const [begin, end] = ['<!-- figures -->\n', '\n<!-- end -->']
  const before = readFileSync(page, 'utf8')
  const from = before.indexOf(begin) + begin.length
  writeFileSync(page, `${before.slice(0, from)}\n${text}${before.slice(before.indexOf(end, from))}`)
  console.log('The figures are in docs/reliability.md.')
}

function flag(name) {
  const at = words.indexOf(name)
  if (at >= 0) words.splice(at, 1)
  return at >= 0
}

function option(name) {
  const at = words.indexOf(name)
  return at < 0 ? undefined : words.splice(at, 2)[1]
}

function node(argv, env) {
  const { status } = spawnSync(process.execPath, argv, {
    cwd: project,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return status ?? 1
}
