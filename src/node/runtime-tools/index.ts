/** What the tools of Erlang's applications `runtime_tools` and `observer` ask of a node. */
export { defineRuntimeTools } from './define-runtime-tools.ts'
