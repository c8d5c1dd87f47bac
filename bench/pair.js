// One measurement with two new operating system processes, a server and a client. Each is a Moebi node or a BEAM.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const timeoutMs = 120_000
let made = 0

/**
 * @typedef {object} Tools
 * @property {NodeJS.ProcessEnv} env
 * @property {string} node path of the Node.js that runs Moebi
 * @property {string[]} beam prefix of the commands of the BEAM: empty, or a command that enters a chroot
 * @property {string} compiled folder of the compiled Erlang and Elixir modules, as the BEAM names it
 * @property {string} tls folder of the certificates, as this program names it
 * @property {string} beamTls the same folder, as the BEAM names it
 * @property {string[]} pin prefix of a command that runs on one core
 */

/**
 * @typedef {object} Measured
 * @property {number} rate operations per second, or bytes
 * @property {number | undefined} cpu CPU time of one operation in µs, both sides together; on Linux only
 */

/**
 * Runs a workload once.
 * @param {import('./workloads.js').Workload} workload
 * @param {{ client: 'moebi' | 'beam', server: 'moebi' | 'beam' }} pair
 * @param {Tools} tools
 * @returns {Promise<Measured>}
 */
export async function measure(workload, pair, tools) {
  made++
  if (workload.local) return measureLocal(workload, pair.client, tools)
  const peer = `server${made}@localhost`
  const server = start(pair.server, 'server', workload, peer, [], tools)
  try {
    await server.says(/^ready$/m)
    const words = [peer, workload.warm, workload.count, workload.concurrent].map(String)
    const client = start(pair.client, 'client', workload, `client${made}@localhost`, words, tools)
    try {
      await client.says(/^warm$/m)
      const before = client.cpu() + server.cpu()
      const [, count, micros] = await client.says(/^result (\d+) (\d+)$/m)
      const spent = client.cpu() + server.cpu() - before
      if (Number(count) !== workload.count) throw new Error(`${count} operations, expected ${workload.count}`)
      return {
        rate: workload.count / (Number(micros) / 1e6),
        cpu: Number.isNaN(spent) ? undefined : spent / workload.count,
      }
    } finally {
      await client.end()
    }
  } finally {
    await server.end()
  }
}

/** Runs a workload within one node. */
async function measureLocal(workload, system, tools) {
  const client = start(system, 'local', workload, '', [workload.warm, workload.count].map(String), tools)
  try {
    await client.says(/^warm$/m)
    const before = client.cpu()
    const [, , result] = await client.says(/^result (\d+) (\d+)$/m)
    if (workload.unit === 'bytes') return { rate: Number(result), cpu: undefined }
    const spent = client.cpu() - before
    return {
      rate: workload.count / (Number(result) / 1e6),
      cpu: Number.isNaN(spent) ? undefined : spent / workload.count,
    }
  } finally {
    await client.end()
  }
}

/** Starts a node as one side of a workload. */
export function start(system, role, workload, name, words, tools) {
  const argv = (system === 'moebi' ? moebi : beam)(role, workload, name, words, tools)
  const [command, ...args] = workload.pinned ? [...tools.pin, ...argv] : argv
  const env = workload.tls ? { ...tools.env, BENCH_TLS: tools.tls } : tools.env
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise((resolve) => child.once('close', resolve))
  let output = ''
  let heard = () => {}
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
      heard()
    })
  const who = `${system} as ${role} of ${workload.name}`
  return {
    pid: child.pid,
    /** Waits until the process has printed a match of the pattern. */
    says(pattern) {
      return new Promise((resolve, reject) => {
        const fail = (what) => reject(new Error(`${who} ${what}. It printed:\n${output}`))
        const timer = setTimeout(() => fail(`has not said ${pattern} within ${timeoutMs} ms`), timeoutMs)
        child.once('error', (error) => fail(`did not start: ${error.message}`))
        heard = () => {
          const match = pattern.exec(output)
          if (match) resolve(match)
          return match
        }
        void exited.then(() => heard() || fail('ended before it was done'))
        heard()
        void exited.then(() => clearTimeout(timer))
      })
    },
    /** Returns the CPU time of all threads of the process in µs. */
    cpu() {
      try {
        const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')
        // utime and stime, in ticks of 10 ms.
        return (Number(fields[11]) + Number(fields[12])) * 10_000
      } catch {
        return Number.NaN
      }
    },
    async end() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await exited
    },
  }
}

function moebi(role, workload, name, words, tools) {
  const program = fileURLToPath(new URL(`moebi/${role}.js`, import.meta.url))
  if (role === 'local') return [tools.node, '--expose-gc', program, workload.kind, ...words]
  return [
    tools.node,
    program,
    name,
    ...(role === 'server' ? [workload.sink ?? 'patterns'] : [workload.kind, ...words]),
  ]
}

function beam(role, workload, name, words, tools) {
  // As in a container with one core: one scheduler, which does not spin while it waits for work.
  const flags = workload.pinned ? ['+S', '1:1', '+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'] : []
  if (workload.tls)
    flags.push('-proto_dist', 'inet_tls', '-ssl_dist_optfile', `${tools.beamTls}/ssl_dist.conf`)
  if (role === 'local') {
    const strings = erlangStrings([workload.kind, ...words])
    return [...tools.beam, 'erl', '-noinput', '-pa', tools.compiled, '-eval', `local:client(${strings}).`]
  }
  if (workload.kind !== 'task') {
    const erl = ['erl', '-noinput', ...flags, '-sname', name, '-setcookie', 'bench', '-pa', tools.compiled]
    if (role === 'server') return [...tools.beam, ...erl, '-s', 'bench', 'server']
    return [...tools.beam, ...erl, '-eval', `bench:client(${erlangStrings([workload.kind, ...words])}).`]
  }
  const elixir = ['elixir', ...(flags.length > 0 ? ['--erl', flags.join(' ')] : [])]
  elixir.push('--sname', name, '--cookie', 'bench', '-pa', tools.compiled, '-e')
  if (role === 'server') return [...tools.beam, ...elixir, 'Bench.Tasks.server()']
  const [peer, ...numbers] = words
  return [...tools.beam, ...elixir, `Bench.Tasks.client(:"${peer}", ${numbers.join(', ')})`]
}

function erlangStrings(words) {
  return `[${words.map((word) => `"${word}"`).join(',')}]`
}
