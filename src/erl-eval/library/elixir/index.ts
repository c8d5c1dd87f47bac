import type { Functions } from '../../value/index.ts'
import { Exception, messageException } from './exception.ts'
import { Inspect } from './inspect.ts'
import { IO } from './io.ts'
import { NodeModule, Process } from './process.ts'
import { toStringValue } from './text.ts'

/** Modules of Elixir, by their names on the wire. */
export const elixir: Readonly<Record<string, Functions>> = {
  'Elixir.ArgumentError': messageException('ArgumentError', 'argument error'),
  'Elixir.Exception': Exception,
  'Elixir.IO': IO,
  'Elixir.RuntimeError': messageException('RuntimeError', 'runtime error'),
  'Elixir.Process': Process,
  'Elixir.Node': NodeModule,
  'Elixir.Kernel': Inspect,
  'Elixir.String.Chars': { to_string: toStringValue as never },
}
