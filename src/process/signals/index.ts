export { BusyDistPortError } from './busy-dist-port-error.ts'
export { type LinkListener, Links } from './links.ts'
export { type MonitorExtras, Monitors } from './monitors.ts'
export {
  noconnectionReply,
  type RemoteLinks,
  type RemoteName,
  type RemoteRouter,
  type Resendable,
  type Signal,
  type WhenFull,
} from './signal.ts'
