export { Debug, type DebugOption } from './debug.ts'
export { stopServer } from './stop-server.ts'
export { type Statistics, type SysOptions, sys } from './sys.ts'
export { handleSystemMessage, SYSTEM, type SystemServer } from './system-messages.ts'
