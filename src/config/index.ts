/**
 * Configuration of applications: the files of the folder `config/`, merged for an environment.
 *
 * `Application.getEnv` of `moebi` reads the values.
 */

export type { Config } from '../gen/index.ts'
export { type ConfigFile, defineConfig } from './define-config.ts'
export { configEnv } from './environment.ts'
export {
  type ConfigSource,
  checkApplications,
  configSource,
  type LoadedConfig,
  loadConfig,
} from './load-config.ts'
export { mergeConfig } from './merge-config.ts'
export { parseEnv, type StandardSchema } from './parse-env.ts'
