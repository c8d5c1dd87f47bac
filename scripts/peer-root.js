import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('..', import.meta.url))

/**
 * The folder in which a release of OTP lives, by the name it has in scripts/peer.js, which builds it where it is absent; empty
 * for the machine's own. Ends the program where there is no such release.
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
