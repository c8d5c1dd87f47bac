import { atom, ElixirError, globalSingleton, inspect } from '../../term/index.ts'

/**
 * Types of the applications' environments, one key for each application. A program declares its own:
 * `declare module 'moebi/config' { interface Config { chat: { port: number } } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: programs add to it.
export interface Config {}

/** Environment of each application: values by key. */
export type Environments = Readonly<Record<string, Readonly<Record<string, unknown>>>>

// Values of the configuration files. They apply to all kernels of the program, and to all copies of this package in it.
const configured = globalSingleton<{ environments: Environments }>('configuration', () => ({
  environments: {},
}))

/** Replaces the values of the configuration files, for every kernel of this program. */
export function configure(environments: Environments): void {
  configured.environments = environments
}

/** Environments of the applications of one kernel. */
export class ApplicationEnvironments {
  readonly #defaults = new Map<string, Readonly<Record<string, unknown>>>()
  readonly #put = new Map<string, Map<string, unknown>>()

  /** Sets the values that an application itself brings. The configuration and `put` override them. */
  setDefaults(name: string, values: Readonly<Record<string, unknown>>): void {
    this.#defaults.set(name, values)
  }

  put(name: string, key: string, value: unknown): void {
    const values = this.#put.get(name) ?? new Map<string, unknown>()
    this.#put.set(name, values.set(key, value))
  }

  /** Returns a value in an object, because the value may be undefined; or undefined when there is none. */
  fetch(name: string, key: string): { readonly ok: unknown } | undefined {
    const put = this.#put.get(name)
    if (put?.has(key)) return { ok: put.get(key) }
    for (const values of [configuredFor(name), this.#defaults.get(name)])
      if (values !== undefined && Object.hasOwn(values, key)) return { ok: values[key] }
    return undefined
  }

  all(name: string): Record<string, unknown> {
    return {
      ...this.#defaults.get(name),
      ...configuredFor(name),
      ...Object.fromEntries(this.#put.get(name) ?? []),
    }
  }

  /** Returns the error for a missing value, in the words of Elixir's `Application.fetch_env!/2`. */
  missing(name: string, key: string): ElixirError {
    const known = [this.#put.get(name), configuredFor(name), this.#defaults.get(name)].some(Boolean)
    const why = known
      ? `because configuration at ${inspect(atom(key))} was not set`
      : 'because the application was not loaded nor configured'
    return new ElixirError('ArgumentError', {
      message: `could not fetch application environment ${inspect(atom(key))} for application ${inspect(atom(name))} ${why}`,
    })
  }
}

function configuredFor(name: string): Readonly<Record<string, unknown>> | undefined {
  const { environments } = configured
  return Object.hasOwn(environments, name) ? environments[name] : undefined
}
