import type { Functions } from '../../value/index.ts'
import { application, applicationController } from './application.ts'
import { atomics, counters } from './atomics.ts'
import { binary } from './binary.ts'
import { code } from './code.ts'
import { crypto } from './crypto.ts'
import { errorLogger, ertsDebug, ertsInternal, file, netKernel, string } from './internals.ts'
import { io, ioLib } from './io.ts'
import { lists } from './lists.ts'
import { maps } from './maps.ts'
import { procLib } from './proc-lib.ts'
import { re } from './re.ts'
import { sys } from './sys.ts'
import { inet, initModule, logger, math, os, persistentTerm, timer } from './system.ts'
import { unicode } from './unicode.ts'
import { zlib } from './zlib.ts'

export { Application } from './application.ts'
export { Code } from './code.ts'
export { processLabel } from './proc-lib.ts'
export { millisecondsOf, serverOf } from './server-argument.ts'
export { stableSort } from './stable-sort.ts'

/** Modules of Erlang/OTP, without `erlang` itself. */
export const otp: Readonly<Record<string, Functions>> = {
  application,
  application_controller: applicationController,
  atomics,
  binary,
  counters,
  crypto,
  erts_debug: ertsDebug,
  erts_internal: ertsInternal,
  error_logger: errorLogger,
  file,
  net_kernel: netKernel,
  string,
  zlib,
  code,
  inet,
  init: initModule,
  io,
  lists,
  logger,
  maps,
  math,
  os,
  persistent_term: persistentTerm,
  proc_lib: procLib,
  re,
  sys,
  timer,
  unicode,
}

/** Modules of Erlang/OTP without effects, for senders whose modules have no debug information. */
export const pureOtp: Readonly<Record<string, Functions>> = { io_lib: ioLib }
