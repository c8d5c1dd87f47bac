import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { configure, type Environments } from '../gen/index.ts'
import { ImportError, importFile, lineInStack, locateError, showFile } from '../loader/index.ts'
import { globalSingleton } from '../term/index.ts'
import { checkEnvironment, configEnv, findConfigFile } from './environment.ts'
import { isPlain, mergeConfig } from './merge-config.ts'
import { EnvironmentError } from './parse-env.ts'
import { lineOfKey } from './source-lines.ts'

/** The merged configuration of a project, and the files from which it comes. */
export interface LoadedConfig {
  readonly environment: string
  readonly values: Environments
  /** In the order in which they were merged. */
  readonly files: readonly { readonly path: string; readonly values: Environments }[]
}

/** Folder and environment of the configuration that was loaded last. */
export interface ConfigSource {
  readonly folder: string
  readonly environment: string
}

const last = globalSingleton<{ source?: ConfigSource }>('configuration source', () => ({}))
let loads = 0

/** Returns the source of the configuration that this program has loaded, so that a thread can load it too. */
export function configSource(): ConfigSource | undefined {
  return last.source
}

/**
 * Loads the configuration files of a project: `config/config.ts`, the file of the environment, and `config/runtime.ts`, which is
 * evaluated again by each call. `Application.getEnv` then returns their values, on every node of this program.
 *
 * @param folder folder that contains `config/`
 * @param environment `MOEBI_ENV` or `dev` unless given
 * @throws Error that names the file, the line when it is known, and what to write
 */
export async function loadConfig(folder: string, environment: string = configEnv()): Promise<LoadedConfig> {
  const root = resolve(folder)
  checkEnvironment(root, environment)
  const files: { path: string; values: Environments }[] = []
  let values: Environments = {}
  loads++
  for (const name of ['config', environment, 'runtime']) {
    const found = findConfigFile(root, name)
    if (found === undefined) continue
    const path = join(root, found)
    const own = await importConfig(path, name === 'runtime' ? `?start=${loads}` : '')
    values = inFile(path, () => mergeConfig(values, own))
    files.push({ path, values: own })
  }
  configure(values)
  last.source = { folder: root, environment }
  return { environment, values, files }
}

/**
 * Refuses a configuration of an application that does not exist.
 *
 * @param known names of the applications that may be configured
 * @param expected the names, for the message
 * @throws Error with the file and the line
 */
export function checkApplications(
  { files }: LoadedConfig,
  known: ReadonlySet<string>,
  expected: string,
): void {
  for (const { path, values } of files)
    for (const name of Object.keys(values))
      if (!known.has(name))
        throw new ImportError(`${atKey(path, name)}: there is no application ${name}. Expected ${expected}.`)
}

async function importConfig(path: string, query: string): Promise<Environments> {
  const { default: config } = await importFile(path, query).catch((error: Error) => {
    throw error.cause instanceof EnvironmentError ? invalidEnvironment(path, error.cause) : error
  })
  return inFile(path, () => {
    if (!isPlain(config))
      throw new ImportError(
        `${showFile(path)}: the default export is ${describe(config)}. Expected export default defineConfig({ … })${hint(config)}.`,
      )
    // A copy, so that a getter or a proxy is read once.
    const values = { ...config }
    for (const [name, value] of Object.entries(values))
      if (!isPlain(value))
        throw new ImportError(
          `${atKey(path, name)}: the configuration of ${name} is ${describe(value)}. Expected an object of keys and values, as ` +
            `in ${name}: { port: 4000 }.`,
        )
    return values as Environments
  })
}

// Reads values of a configuration, whose getters may throw.
function inFile<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof ImportError ? error : locateError(path, error)
  }
}

function invalidEnvironment(path: string, cause: EnvironmentError): Error {
  return new Error(`${showFile(path, lineInStack(cause.calledAt ?? '', path))}: ${cause.message}`, { cause })
}

function atKey(path: string, key: string): string {
  return showFile(path, lineOfKey(readFileSync(path, 'utf8'), key))
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing or undefined'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Promise) return 'a promise'
  if (typeof value !== 'object') return `a ${typeof value}`
  return `an instance of ${value.constructor?.name ?? 'a class'}`
}

function hint(value: unknown): string {
  if (value instanceof Promise) return '; write await before the promise'
  return typeof value === 'function' ? ': call the function, and export its result' : ''
}
