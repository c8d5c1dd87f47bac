export { type LinkListener, Links } from './links.ts'
export { Monitors } from './monitors.ts'
export { noconnectionReply, type RemoteName, type RemoteRouter, type Signal } from './signal.ts'
