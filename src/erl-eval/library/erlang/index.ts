import { pureFunctions } from '../../bif/index.ts'
import type { Functions } from '../../value/index.ts'
import { checksums } from './checksum.ts'
import { control } from './control.ts'
import { conversion } from './conversion.ts'
import { hashes } from './hash.ts'
import { identifiers } from './identifiers.ts'
import { processState } from './process-state.ts'
import { processes } from './processes.ts'
import { runtimeInfo } from './runtime-info.ts'
import { system } from './system.ts'
import { time } from './time.ts'
import { timers } from './timers.ts'

/** The module `erlang`. */
export const erlang: Functions = {
  ...pureFunctions,
  ...control,
  ...conversion,
  ...identifiers,
  ...checksums,
  ...hashes,
  ...processes,
  ...processState,
  ...timers,
  ...time,
  ...system,
  ...runtimeInfo,
}
export { charlistOf, iolist, listText } from './conversion.ts'
