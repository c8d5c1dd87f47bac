import type { Functions } from '../../value/index.ts'
import { binary } from './binary.ts'
import { io, ioLib } from './io.ts'
import { lists } from './lists.ts'
import { maps } from './maps.ts'
import { re } from './re.ts'
import { code, inet, initModule, logger, math, os, persistentTerm, timer } from './system.ts'
import { unicode } from './unicode.ts'

export { stableSort } from './stable-sort.ts'

/** Modules of Erlang/OTP, without `erlang` itself. */
export const otp: Readonly<Record<string, Functions>> = {
  binary,
  code,
  inet,
  init: initModule,
  io,
  io_lib: ioLib,
  lists,
  logger,
  maps,
  math,
  os,
  persistent_term: persistentTerm,
  re,
  timer,
  unicode,
}
