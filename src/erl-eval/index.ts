/** Interpreter of Erlang's abstract format. It runs funs that were typed at the prompt of an Erlang or Elixir node. */
export { loadLibrary } from './load-library.ts'
export { type FunHost, serveFuns } from './serve.ts'
