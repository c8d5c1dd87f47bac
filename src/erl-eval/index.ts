/** Runs funs that were typed at the prompt of an Erlang or Elixir node: an interpreter of Erlang's abstract format. */
export { funCaller, serveFuns } from './serve.ts'
