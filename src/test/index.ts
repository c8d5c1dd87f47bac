/**
 * Tests of processes, applications and clusters, for vitest. The plugin for `vitest.config.ts` is `moebi/test/plugin`.
 */
export {
  AssertionError,
  assertReceive,
  assertReceived,
  refuteReceive,
  refuteReceived,
} from './assert-receive.ts'
export { captureIO } from './capture-io.ts'
export { type CaptureLogOptions, captureLog } from './capture-log.ts'
export { type ConfigureOptions, configure } from './exclude.ts'
export {
  Peer,
  type PeerCall,
  type PeerMessage,
  type PeerOptions,
  type PeerRequest,
  type PeerStart,
  startPeer,
} from './peer/index.ts'
export { setupTestFile } from './setup.ts'
export { useSimulatedClock } from './simulated-clock.ts'
export { startSupervised, stopSupervised } from './supervised.ts'
