import type { Functions } from '../value/index.ts'
import { elixir, pureElixir } from './elixir/index.ts'
import { erlang } from './erlang/index.ts'
import { otp } from './otp/index.ts'

/** Modules of Erlang and Elixir that are written in TypeScript, by their names on the wire. */
export const modules: Readonly<Record<string, Functions>> = { erlang, ...otp, ...elixir }
/** The same, for modules that are better borrowed: for senders whose modules have no debug information. */
export const fallbackModules: Readonly<Record<string, Functions>> = pureElixir
export { Library } from './library.ts'
