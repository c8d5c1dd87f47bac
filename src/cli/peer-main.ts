/** Program of a peer that a test starts with `startPeer`: a Moebi node without a shell. */
import module from 'node:module'

// A test starts many peers: each one but the first finds the compiled code.
const { enableCompileCache } = module as { enableCompileCache?: () => void }
enableCompileCache?.()
await import('./run-peer.ts')
