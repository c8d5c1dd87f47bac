import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Environments that need no file. */
const ENVIRONMENTS = ['dev', 'test', 'prod']
/** Extensions of a configuration file. The first file that exists is loaded. */
const EXTENSIONS = ['ts', 'js']

/** Returns the environment of this program: `MOEBI_ENV`, or `dev`. @see `Config.config_env/0` */
export function configEnv(): string {
  return process.env.MOEBI_ENV || 'dev'
}

/** Returns the path of a configuration file, without its folder: `config/dev.ts`. Returns undefined when there is none. */
export function findConfigFile(root: string, name: string): string | undefined {
  return EXTENSIONS.map((extension) => `config/${name}.${extension}`).find((file) =>
    existsSync(join(root, file)),
  )
}

/** @throws Error for an environment that is not one of the usual ones and has no file */
export function checkEnvironment(root: string, environment: string): void {
  const isName = /^[a-z][a-z0-9_-]*$/.test(environment) && !['config', 'runtime'].includes(environment)
  if (!isName)
    throw new Error(
      `MOEBI_ENV is ${JSON.stringify(environment)}, which cannot be the name of an environment. Expected dev, prod or test, or a ` +
        'name of lowercase letters, digits, - and _ that has a file in config/.',
    )
  if (ENVIRONMENTS.includes(environment) || findConfigFile(root, environment) !== undefined) return
  throw new Error(
    `MOEBI_ENV is ${environment}, but config/${environment}.ts does not exist. Expected dev, prod or test, or a file ` +
      `config/${environment}.ts.`,
  )
}
