import type { Functions } from '../../value/index.ts'
import { Application, Code, processLabel } from '../otp/index.ts'
import { Enum } from './enum.ts'
import { Exception, messageException } from './exception.ts'
import {
  Agent,
  DynamicSupervisor,
  SupervisorClient,
  supervisorClient,
  TaskSupervisor,
} from './gen-clients.ts'
import { GenServer, genServer, Supervisor, supervisor } from './gen-server.ts'
import { Inspect } from './inspect.ts'
import { IO } from './io.ts'
import { elixirErlPass, Kernel } from './kernel.ts'
import { Access, Keyword, MapModule } from './map.ts'
import { NodeModule, Process } from './process.ts'
import { Registry } from './registry.ts'
import { Integer, StringModule } from './string.ts'
import { toStringValue } from './text.ts'

/** Modules of Elixir with effects, or that use this node. They are used in place of the modules of the sending node. */
export const elixir: Readonly<Record<string, Functions>> = {
  'Elixir.Application': Application,
  'Elixir.Code': Code,
  'Elixir.IO': IO,
  'Elixir.Node': NodeModule,
  'Elixir.Process': { ...Process, ...processLabel },
  'Elixir.Registry': Registry,
  'Elixir.String.Chars': { to_string: toStringValue as never },
}

/** Modules of Elixir that are used when the modules of the sending node cannot be fetched. */
export const pureElixir: Readonly<Record<string, Functions>> = {
  'Elixir.Access': Access,
  'Elixir.Agent': Agent,
  'Elixir.ArgumentError': messageException('ArgumentError', 'argument error'),
  'Elixir.DynamicSupervisor': DynamicSupervisor,
  'Elixir.Enum': Enum,
  'Elixir.Exception': Exception,
  'Elixir.GenServer': GenServer,
  'Elixir.Inspect': Inspect,
  'Elixir.Integer': Integer,
  'Elixir.Kernel': Kernel,
  'Elixir.Keyword': Keyword,
  'Elixir.Map': MapModule,
  'Elixir.RuntimeError': messageException('RuntimeError', 'runtime error'),
  'Elixir.String': StringModule,
  'Elixir.Supervisor': { ...SupervisorClient, ...Supervisor },
  'Elixir.Task.Supervisor': TaskSupervisor,
  elixir_erl_pass: elixirErlPass,
  gen_server: genServer,
  supervisor: { ...supervisorClient, ...supervisor },
}
