/** Interpreter of Erlang's abstract format. It runs funs that were typed at the prompt of an Erlang or Elixir node. */
export { libraryCaller } from './library-caller.ts'
export { type FunHost, funCaller, serveFuns } from './serve.ts'
