// Prepares a clone: installs the packages of the lock file when it is newer than the installation, then builds.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'

const root = new URL('..', import.meta.url)
const mtime = (path) => {
  const file = new URL(path, root)
  return existsSync(file) ? statSync(file).mtimeMs : 0
}
// The command itself prints its errors.
const run = (...argv) => {
  const { status } = spawnSync(argv[0], argv.slice(1), {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}

if (mtime('package-lock.json') > mtime('node_modules/.package-lock.json'))
  run('npm', 'ci', '--no-audit', '--no-fund')
run(process.execPath, 'node_modules/typescript/bin/tsc', '-p', '.')
run(process.execPath, 'scripts/bundle.js')
