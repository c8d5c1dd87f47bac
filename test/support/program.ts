import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const dist = new URL('../../dist/', import.meta.url)

/**
 * Runs a program as a Node.js process of its own, on the built package, and tells how it ended. `import … from
 * 'moebi/…'` in the program is the folder of that name.
 */
export function runProgram(
  program: string,
  nodeOptions: readonly string[] = [],
  timeout = 60_000,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const source = program.replace(/from 'moebi\/(\w+)'/g, (_, folder) => `from '${dist}${folder}/index.js'`)
  const child = spawn(process.execPath, [...nodeOptions, '--input-type=module', '-e', source], {
    cwd: fileURLToPath(dist),
    env: { ...process.env, ERL_CRASH_DUMP_SECONDS: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}
