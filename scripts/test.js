// Runs one of the three tiers of tests:
//   npm test              all tests but the long ones; lists the files that it leaves out because a program is missing
//   npm run test:beam     all tests with real Erlang and Elixir nodes; fails where Erlang or Elixir is missing
//   npm run soak          the long tests: test/soak, and the randomised tests with fifty times as many runs
// node scripts/test.js --unit runs npm test as on a machine without Erlang.
// --peer otp27 or otp29 uses that release of OTP in place of the machine's own; see scripts/peer.js.
// Other arguments are passed to vitest: npm test -- test/etf, npm run test:beam -- --reporter=verbose
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasNamespaces, namespacesNeed } from './namespaces.js'
import { peerRoot } from './peer-root.js'

const project = fileURLToPath(new URL('..', import.meta.url))
const beamFolder = 'test/beam/'
const beamTier = [beamFolder, 'test/lesson/']
const soakFolder = 'test/soak/'
/** Run by scripts/faults.js. */
const faultsFolder = 'test/faults/'
const networks = 'test/beam/networks.test.ts'
/** Needs two releases of OTP. */
const mixed = 'test/beam/mixed-releases.test.ts'
/** Tests with nodes in C and Java: the files that must be there, and the programs on the PATH. */
const foreign = {
  'test/beam/foreign/c-node.test.ts': {
    files: ['/usr/include/ei.h'],
    programs: ['cc'],
    why: 'it needs libei and a C compiler',
    install: 'apt-get install erlang-dev gcc libc6-dev',
  },
  'test/beam/foreign/jinterface.test.ts': {
    files: ['/usr/share/java/OtpErlang.jar'],
    programs: ['java', 'javac'],
    why: 'it needs Jinterface and a JDK',
    install: 'apt-get install erlang-jinterface default-jdk-headless',
  },
}
/** Too long for `npm test`, which is to take less than three minutes: only `npm run test:beam` runs them. */
const longWithBeam = [
  'chat',
  'distribution',
  'etf',
  'foreign/jinterface',
  'global',
  'inspect',
  'lesson',
  'lesson-judge',
  'networks',
  'new-project',
  'node-peers',
  'node-ticks',
  'remsh',
  'restarts',
  'signals',
  'thousand-tasks',
  'web-observer',
].map((name) => `test/beam/${name}.test.ts`)

/** Starts Node.js with its permission model, which is stable in Node.js 24. */
const permission = 'test/permission/permission.test.ts'
const hasPermissions = Number(process.versions.node.split('.')[0]) >= 24

const NO_CHROMIUM = 'they need Chromium, a browser that shows the page of the observer'
const oneRelease = 'it needs a second release of OTP'
const mixedCommand = `npm run test:beam -- --peer otp29 ${mixed}`

const install = {
  erlang: 'apt-get install erlang-base erlang-tools elixir   (macOS: brew install erlang elixir)',
  tmux: 'apt-get install tmux   (macOS: brew install tmux)',
  chromium: 'apt-get install chromium',
}

const words = process.argv.slice(2)
const peer = words.indexOf('--peer')
if (peer >= 0) process.env.MOEBI_BEAM_ROOT = peerRoot(words.splice(peer, 2)[1])
const tiers = { '--unit': all, '--beam': beam, '--soak': soak }
const tier = words.find((word) => word in tiers)
const forVitest = words.filter((word) => word !== tier)
const files = testFiles()
/** Arguments for vitest that name files. They replace the files of the tier. */
const chosen = forVitest.filter((word) => files.some((file) => file.includes(word)))

process.exitCode = (tiers[tier] ?? all)()

function all() {
  const soaking = files.filter((file) => file.startsWith(soakFolder))
  const beams = files.filter((file) => file.startsWith(beamFolder))
  const erlang = tier !== '--unit' && hasErlang()
  const noErlang = erlang ? [] : beams
  const long = erlang ? beams.filter((file) => longWithBeam.includes(file)) : []
  const noTmux = found('tmux') ? [] : files.filter((file) => usesTerminal(file) && !noErlang.includes(file))
  const noForeign = withoutForeign().filter((file) => ![...noErlang, ...long].includes(file))
  const noChromium = withoutChromium().filter((file) => ![...noErlang, ...long].includes(file))
  const onePeer = process.env.MOEBI_BEAM_ROOT || noErlang.includes(mixed) ? [] : [mixed]
  const faults = files.filter((file) => file.startsWith(faultsFolder))
  const without = [
    ...soaking,
    ...faults,
    ...noErlang,
    ...long,
    ...noTmux,
    ...noForeign,
    ...noChromium,
    ...onePeer,
  ]
  const status = vitest(forVitest, without, {})
  if (!hasPermissions)
    leftOut([permission], `most of its tests need Node.js 24 or newer, and this is ${process.version}`, [
      `npx -p node@26 node node_modules/vitest/vitest.mjs run ${permission}`,
    ])
  if (tier === '--unit') return status
  leftOut(noErlang, 'they need Erlang and Elixir (erl, iex)', [install.erlang, 'npm run test:beam'])
  foreignLeftOut(noForeign, 'npm test')
  leftOut(onePeer, oneRelease, [mixedCommand])
  leftOut(noTmux, 'they need tmux, a terminal to type into', [install.tmux, 'npm test'])
  leftOut(noChromium, NO_CHROMIUM, [install.chromium, 'npm test'])
  leftOut(long, 'they take long', ['npm run test:beam'])
  leftOut(soaking, 'they are the long forms', ['npm run soak'])
  leftOut(faults, 'they inject faults', ['npm run faults -- --short'])
  return status
}

function beam() {
  const needed = hasErlang() ? ['tmux'] : ['erl', 'iex', 'tmux']
  const missing = needed.filter((program) => !found(program))
  if (missing.length > 0)
    return refuse(
      `npm run test:beam plays with real Erlang and Elixir nodes, and ${missing.join(' and ')} ` +
        `${missing.length > 1 ? 'are' : 'is'} not on the PATH. Install what is missing, then run it again:`,
      missing.some((program) => program !== 'tmux') ? install.erlang : undefined,
      missing.includes('tmux') ? install.tmux : undefined,
    )
  const without = hasNamespaces() ? [] : [networks]
  const noForeign = withoutForeign()
  const noChromium = withoutChromium()
  const onePeer = process.env.MOEBI_BEAM_ROOT ? [] : [mixed]
  const words = [...(chosen.length > 0 ? [] : beamTier), ...few(), ...forVitest]
  const status = build() || vitest(words, [...without, ...noForeign, ...noChromium, ...onePeer], {})
  foreignLeftOut(noForeign, 'npm run test:beam')
  leftOut(beamFiles(noChromium), NO_CHROMIUM, [install.chromium, 'npm run test:beam'])
  leftOut(onePeer, oneRelease, [mixedCommand])
  leftOut(without, namespacesNeed, ['npm run test:beam, as root on a machine that has them'])
  return status
}

/** Takes about an hour. */
function soak() {
  const long = files.filter((file) => file.startsWith(soakFolder) || triesAtRandom(file))
  const beams = hasErlang()
    ? []
    : long.filter((file) => file.startsWith(beamFolder) || file.startsWith(`${soakFolder}beam-`))
  const words = [...(chosen.length > 0 ? [] : long), '--testTimeout', '1800000', ...few(), ...forVitest]
  const status = build() || vitest(words, beams, { MOEBI_SOAK: '1' })
  leftOut(beams, 'they need Erlang and Elixir (erl, iex)', [install.erlang, 'npm run soak'])
  return status
}

/** Nodes of Erlang compute on several cores: fewer files run side by side. */
function few() {
  return forVitest.some((word) => word.startsWith('--maxWorkers')) ? [] : ['--maxWorkers=2']
}

function vitest(args, without, env) {
  const excluded = without.flatMap((file) => ['--exclude', file])
  return node(['node_modules/vitest/vitest.mjs', 'run', ...args, ...excluded], env)
}

/** Builds dist, as `pretest` does before `npm test`. */
function build() {
  return node(['scripts/setup.js'], {})
}

function node(argv, env) {
  const { status } = spawnSync(process.execPath, argv, {
    cwd: project,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return status ?? 1
}

function leftOut(candidates, why, remedies) {
  const which = candidates.filter(wanted)
  if (which.length === 0) return
  console.log(`\nLeft out: ${which.length} ${which.length === 1 ? 'file' : 'files'}; ${why}.`)
  for (const file of which) console.log(`  ${file}`)
  console.log(`To run them: ${remedies.join('\n        then: ')}`)
}

/** Returns the tests with nodes in C and Java whose library or compiler is missing. */
function withoutForeign() {
  return Object.keys(foreign).filter((file) => {
    const { files, programs } = foreign[file]
    return !(files.every((name) => existsSync(name)) && programs.every(found))
  })
}

function foreignLeftOut(candidates, command) {
  for (const file of candidates) leftOut([file], foreign[file].why, [foreign[file].install, command])
}

function refuse(...sentences) {
  console.error(sentences.filter((sentence) => sentence !== undefined).join('\n'))
  return 1
}

function testFiles() {
  return readdirSync(join(project, 'test'), { recursive: true })
    .map((file) => `test/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.test.ts'))
    .sort()
}

/** Returns whether the arguments for vitest select this file. */
function wanted(file) {
  return chosen.length === 0 || chosen.some((word) => file.includes(word))
}

/** Returns whether a test is randomised: it then imports its number of runs from test/support/runs.ts. */
function triesAtRandom(file) {
  return readFileSync(join(project, file), 'utf8').includes("/support/runs.ts'")
}

/** Returns whether a test imports test/support/terminal.ts, directly or through other files. */
function usesTerminal(file) {
  return uses(file, 'test/support/terminal.ts')
}

/** Returns the tests that drive a browser, where there is none. */
function withoutChromium() {
  return found('chromium') ? [] : files.filter((file) => uses(file, 'test/support/chromium.ts'))
}

function beamFiles(candidates) {
  return candidates.filter((file) => file.startsWith(beamFolder))
}

/** Returns whether a test imports a file, directly or through other files. */
function uses(file, wanted, seen = new Set()) {
  if (file === wanted) return true
  const path = join(project, file)
  if (seen.has(file) || !file.startsWith('test/') || !existsSync(path)) return false
  seen.add(file)
  const imports = readFileSync(path, 'utf8').matchAll(/from '(\.[^']+)'/g)
  return [...imports].some(([, target]) => uses(relative(resolve(dirname(path), target)), wanted, seen))
}

function relative(path) {
  return path.slice(project.length).replaceAll('\\', '/')
}

/** Returns whether Erlang is on the PATH, or in the folder from which test/support/beam.ts starts it. */
function hasErlang() {
  return Boolean(process.env.MOEBI_BEAM_ROOT) || (found('erl') && found('iex'))
}

function found(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
