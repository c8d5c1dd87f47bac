// Checks whether this machine allows network namespaces and virtual Ethernet devices between them.
import { spawnSync } from 'node:child_process'

export const namespacesNeed = 'they need network namespaces (Linux, root, iproute2)'

export function hasNamespaces() {
  const name = `moebi-try-${process.pid}`
  const made =
    ip('netns', 'add', name) && ip('link', 'add', `try${process.pid}`, 'type', 'veth', 'peer', 'netns', name)
  ip('netns', 'delete', name)
  return made
}

function ip(...words) {
  return spawnSync('ip', words, { stdio: 'ignore' }).status === 0
}
