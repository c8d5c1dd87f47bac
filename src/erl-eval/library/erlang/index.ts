import { pureFunctions } from '../../bif/index.ts'
import type { Functions } from '../../value/index.ts'
import { control } from './control.ts'
import { conversion } from './conversion.ts'
import { processes } from './processes.ts'
import { runtimeInfo } from './runtime-info.ts'
import { system } from './system.ts'

/** The module `erlang`. */
export const erlang: Functions = {
  ...pureFunctions,
  ...control,
  ...conversion,
  ...processes,
  ...system,
  ...runtimeInfo,
}
export { charlistOf, iolist, listText } from './conversion.ts'
