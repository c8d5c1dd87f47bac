// Every optional platform package named in the lock file must be locked too, or `npm ci` refuses it on that platform.
import { readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))
const locked = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')))
const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
const missing = wanted.filter((name) => !locked.has(name))
if (missing.length > 0) {
  console.error(`missing from package-lock.json: ${missing.join(', ')}`)
  process.exitCode = 1
}
