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
export { captureFunction } from './captured-function.ts'
export { type ConfigureOptions, configure } from './exclude.ts'
export {
  type BeamPeerOptions,
  type ClusterMember,
  cluster,
  missingElixir,
  Peer,
  type PeerCall,
  type PeerMessage,
  type PeerOptions,
  type PeerRequest,
  type PeerStart,
  startBeamPeer,
  startPeer,
} from './peer/index.ts'
export { setupTestFile } from './setup.ts'
export { useSimulatedClock } from './simulated-clock.ts'
export { startSupervised, stopSupervised } from './supervised.ts'
