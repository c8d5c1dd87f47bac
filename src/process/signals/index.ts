export { type LinkListener, Links } from './links.ts'
export { type MonitorExtras, Monitors } from './monitors.ts'
export { noconnectionReply, type RemoteName, type RemoteRouter, type Signal } from './signal.ts'
