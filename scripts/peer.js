// Other releases of OTP than that of this machine, each in a small Debian in a folder (debootstrap and chroot need Linux and root):
//   node scripts/peer.js otp29    builds it when it is absent (some minutes), and prints its root folder
// MOEBI_PEERS names the folder of all (default ~/.cache/moebi/peers). An interrupted build is continued where that is possible.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const suites = { otp27: 'trixie', otp29: 'sid' }
const packages = [
  'elixir',
  'erlang-base',
  'erlang-crypto',
  'erlang-dev',
  'erlang-eunit',
  'erlang-inets',
  'erlang-runtime-tools',
  'erlang-ssl',
  'erlang-tools',
]

const name = process.argv[2] ?? ''
const suite = suites[name]
if (suite === undefined) fail(`no peer is called "${name}". Known: ${Object.keys(suites).join(', ')}`)
if (process.platform !== 'linux' || process.getuid?.() !== 0)
  fail(`a peer is a chroot, so building and entering one needs Linux and root`)

const folder = process.env.MOEBI_PEERS ?? join(homedir(), '.cache', 'moebi', 'peers')
mkdirSync(folder, { recursive: true })
const root = join(realpathSync(folder), name)
const debs = join(realpathSync(folder), 'debs', suite)
const ready = join(root, '.moebi-peer')

if (!existsSync(ready)) build()
mountProc()
console.log(root)

function build() {
  if (run('sh', '-c', 'command -v debootstrap >&2') !== 0)
    fail('debootstrap is not installed: apt-get install -y debootstrap')
  console.error(`building ${name} (Debian ${suite}) in ${root}`)
  if (!(begun() && works()) && !fresh()) fail(`${name} has no working elixir; see above, then try again`)
  writeFileSync(ready, `${suite}\n`)
  rmSync(debs, { recursive: true, force: true })
}

/** Returns whether an earlier run has installed a Debian whose apt-get can finish the build. */
function begun() {
  return ['usr/bin/apt-get', 'etc/apt/sources.list', 'var/lib/dpkg/status'].every((file) =>
    existsSync(join(root, file)),
  )
}

function fresh() {
  if (mounted()) execFileSync('umount', [join(root, 'proc')])
  rmSync(root, { recursive: true, force: true })
  mkdirSync(debs, { recursive: true })
  const include = `--include=${packages.join(',')}`
  // Configuring the packages of a development suite may fail; repair() completes it.
  run('debootstrap', '--variant=minbase', `--cache-dir=${debs}`, include, suite, root, ...mirror())
  return begun() && works()
}

function works() {
  mountProc()
  writeFileSync(join(root, 'etc', 'hosts'), '127.0.0.1 localhost\n::1 localhost ip6-localhost\n')
  if (hasElixir()) return true
  repair()
  return hasElixir()
}

function repair() {
  copyFileSync('/etc/resolv.conf', join(root, 'etc', 'resolv.conf'))
  const inside = (...argv) =>
    run('chroot', root, 'env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C', ...argv)
  inside('apt-get', '-o', 'Acquire::Check-Valid-Until=false', 'update')
  inside('dpkg', '--configure', '-a')
  inside('apt-get', '-y', '-f', 'install')
  inside('dpkg', '--configure', '-a')
  inside('apt-get', '-y', '--no-install-recommends', 'install', ...packages)
}

function hasElixir() {
  const code = 'IO.puts(System.otp_release() <> " " <> System.version())'
  return run('chroot', root, 'env', '-i', 'PATH=/usr/bin:/bin', 'LC_ALL=C.UTF-8', 'elixir', '-e', code) === 0
}

/** Returns the Debian mirror of this machine's apt; nothing when it has none, so that debootstrap uses its default. */
function mirror() {
  try {
    const format = '$(LABEL) $(REPO_URI)'
    const targets = execFileSync('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
      encoding: 'utf8',
    })
    return targets
      .split('\n')
      .filter((line) => line.startsWith('Debian '))
      .map((line) => line.slice('Debian '.length).trim())
      .slice(0, 1)
  } catch {
    return []
  }
}

function mounted() {
  return existsSync(join(root, 'proc', 'self'))
}

function mountProc() {
  if (!mounted()) execFileSync('mount', ['-t', 'proc', 'proc', join(root, 'proc')])
}

/** Runs a command and returns its exit code. Its output goes to standard error, since standard output is for the root folder. */
function run(command, ...argv) {
  try {
    execFileSync(command, argv, { stdio: ['ignore', 2, 2] })
    return 0
  } catch (error) {
    return error.status ?? 1
  }
}

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}
