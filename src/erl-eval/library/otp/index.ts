import type { Functions } from '../../value/index.ts'
import { lists } from './lists.ts'
import { maps } from './maps.ts'

/** Modules of Erlang/OTP, without `erlang` itself. */
export const otp: Readonly<Record<string, Functions>> = { lists, maps }
