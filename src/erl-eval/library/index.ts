import { elixir, pureElixir } from './elixir/index.ts'
import { erlang } from './erlang/index.ts'
import { ets, testMatchSpec } from './ets/index.ts'
import { Library } from './library.ts'
import { otp, pureOtp } from './otp/index.ts'

/** Modules of Erlang and Elixir that are written in TypeScript, by the names of their atoms. */
export const library: Library = new Library({
  erlang: {
    ...erlang,
    match_spec_test: (object: unknown, spec: unknown, _kind: unknown) => testMatchSpec(object, spec),
  },
  ets,
  ...otp,
  ...elixir,
})
/** Modules that are used only when the module of the sending node cannot be fetched, because it has no debug information. */
export const fallbacks: Library = new Library({ ...pureElixir, ...pureOtp })
