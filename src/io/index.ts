/** Text from and to people, over the Erlang I/O protocol: https://www.erlang.org/doc/apps/stdlib/io_protocol */
export { chardataToText, type Encoding } from './chardata.ts'
export type { Device } from './device.ts'
export { type FormatOptions, format } from './format.ts'
export { type GroupLeaderOptions, startGroupLeader } from './group-leader.ts'
export { type Input, IO, type IODevice, type IOInspectOptions, type Printable } from './io.ts'
export { flushOutput, sendIORequest } from './request.ts'
