import { spawn } from 'node:child_process'
import { moebi } from '../support/beam.ts'

export interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
}

/** Runs the project's command (or one that is installed elsewhere) with `input` as its standard input, and waits for its exit. */
export function run(
  args: readonly string[],
  input = '',
  env: Readonly<Record<string, string>> = {},
  { bin, cwd }: { readonly bin?: string; readonly cwd?: string } = {},
): Promise<Ended> {
  const [command = '', ...words] = moebi(args, env, bin)
  const child = spawn(command, words, { cwd, stdio: ['pipe', 'pipe', 'pipe'], timeout: 80_000 })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise((resolve) => child.once('close', (code) => resolve({ stdout, stderr, code })))
}
