import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('..', import.meta.url))

/**
 * Returns the folder of a release of OTP, given its name in scripts/peer.js, which builds it when it is absent. Returns an empty
 * string for the release of this machine. Exits when there is no such release.
 */
export function peerRoot(peer) {
  if (peer === undefined || peer === machinePeer()) return ''
  const output = { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }
  try {
    return execFileSync(process.execPath, ['scripts/peer.js', peer], output).trim()
  } catch {
    console.error(
      `The machine's own Elixir is ${machinePeer() ?? 'missing'}; the peer ${peer} could not be built.`,
    )
    process.exit(1)
  }
}

function machinePeer() {
  const code = 'io:format("otp~s", [erlang:system_info(otp_release)]), halt().'
  try {
    return execFileSync('erl', ['-noshell', '-eval', code], { encoding: 'utf8' })
  } catch {
    return undefined
  }
}
