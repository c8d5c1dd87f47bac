import type { Config } from '../gen/index.ts'

/**
 * Content of a configuration file: one key for each application. A program that declares {@link Config} may set the keys that it
 * has declared, and any of them may be missing. Other programs may set any key.
 */
export type ConfigFile = keyof Config extends never
  ? Readonly<Record<string, Readonly<Record<string, unknown>>>>
  : { readonly [A in keyof Config]?: DeepPartial<Config[A]> }

type DeepPartial<T> = T extends Unmerged
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T

/** Objects that are not merged key by key. */
type Unmerged = ((...args: never[]) => unknown) | readonly unknown[] | ReadonlyMap<unknown, unknown> | Date

/**
 * Returns its argument, with the types of {@link Config}. The default export of a configuration file is its result.
 *
 * @example export default defineConfig({ chat: { port: 4000 } })
 * @see `Config.config/2`
 */
export function defineConfig(config: ConfigFile): ConfigFile {
  return config
}
