import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageFolder } from '../package/index.ts'

/** Manifest of this package. */
export interface Manifest {
  readonly version: string
  readonly devDependencies: Readonly<Record<string, string>>
}

export function ownManifest(): Manifest {
  return JSON.parse(readFileSync(new URL('package.json', packageFolder), 'utf8')) as Manifest
}

/**
 * Returns the path from which this package was installed, a checkout or a tarball. Returns undefined when it came from a registry.
 */
export function localSource(): string | undefined {
  const own = fileURLToPath(packageFolder).replace(/[\\/]$/, '')
  const modules = dirname(own)
  const lock = join(modules, '.package-lock.json')
  if (!/[\\/]node_modules$/.test(modules) || !existsSync(lock)) return own
  const { packages } = JSON.parse(readFileSync(lock, 'utf8')) as {
    packages?: Readonly<Record<string, { readonly resolved?: string }>>
  }
  const { resolved = '' } = packages?.['node_modules/moebi'] ?? {}
  if (/^https?:/.test(resolved)) return undefined
  return resolved.startsWith('file:') ? resolve(dirname(modules), resolved.slice('file:'.length)) : own
}

/** Returns the version of this package for the package.json of a project: `^0.1.0`, or `file:` with a path. */
export function dependencyOn(source: string | undefined, project: string): string {
  return source === undefined
    ? `^${ownManifest().version}`
    : `file:${relative(project, source).replaceAll('\\', '/')}`
}
