import type { Functions } from '../value/index.ts'
import { elixir, pureElixir } from './elixir/index.ts'
import { erlang } from './erlang/index.ts'
import { otp } from './otp/index.ts'

/** Modules of Erlang and Elixir that are written in TypeScript, by the names of their atoms. */
export const modules: Readonly<Record<string, Functions>> = { erlang, ...otp, ...elixir }
/** Modules that are used only when the module of the sending node cannot be fetched, because it has no debug information. */
export const fallbackModules: Readonly<Record<string, Functions>> = pureElixir
export { Library } from './library.ts'
