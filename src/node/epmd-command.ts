import { fileURLToPath } from 'node:url'

/** Arguments for Node.js that run this package's own epmd until nobody has needed it for a minute. */
export function defaultEpmdCommand(): string[] {
  return [fileURLToPath(new URL('../../bin/moebi.js', import.meta.url)), 'epmd', '--idle', '60']
}
