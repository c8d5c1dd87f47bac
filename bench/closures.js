// Funs that were typed at the prompt of a BEAM, on a Moebi node, with a BEAM node as the client. Prints the two ratios that
// docs/functions-that-travel.md promises: a fun of ten calls against a spawn of an exported function, and a loop against erl_eval.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const timeoutMs = 300_000
const MOST_SPAWN = 5
const LEAST_LOOP = 1

/**
 * @param {import('./pair.js').Tools} tools
 * @param {{ quick: boolean }} options
 * @returns {Promise<string[]>} the names of the rows that are outside of their bounds
 */
export async function measureClosures(tools, { quick }) {
  const program = fileURLToPath(new URL('moebi/closures.js', import.meta.url))
  const server = start([tools.node, program, 'closures@localhost'], tools)
  try {
    await server.says(/^ready$/m)
    const [spawns, loops] = quick ? [500, 3] : [5_000, 15]
    const words = ['closures@localhost', spawns, loops].map((word) => `"${word}"`).join(',')
    const flags = ['-noinput', '-sname', 'closurist@localhost', '-setcookie', 'bench', '-pa', tools.compiled]
    const client = start([...tools.beam, 'erl', ...flags, '-eval', `closures:client([${words}]).`], tools)
    try {
      return report(
        await client.says(/^spawns (\d+) (\d+) (\d+)$/m),
        await client.says(/^loops (\d+) (\d+)$/m),
        await client.says(/^pings (\d+) (\d+)$/m),
      )
    } finally {
      client.end()
    }
  } finally {
    server.end()
  }
}

function report([, plain, closure, count], [, there, here], [, pings, longest]) {
  const cost = closure / plain
  const speed = here / there
  console.log(
    `W6 spawn  a spawn ${(plain / count).toFixed(0)} µs, with a fun of ten calls ${(closure / count).toFixed(0)} µs: ` +
      `${cost.toFixed(2)} times (at most ${MOST_SPAWN})`,
  )
  console.log(
    `W6 loop   100,000 rounds in a fun: Moebi ${(there / 1e3).toFixed(1)} ms, erl_eval ${(here / 1e3).toFixed(1)} ms: ` +
      `${speed.toFixed(2)} (at least ${LEAST_LOOP.toFixed(1)})`,
  )
  console.log(
    `          while ten loops ran, another process answered ${pings} times, each within ${longest} µs`,
  )
  return [...(cost > MOST_SPAWN ? ['W6 spawn'] : []), ...(speed < LEAST_LOOP ? ['W6 loop'] : [])]
}

function start([command, ...args], tools) {
  const child = spawn(command, args, { env: tools.env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let heard = () => {}
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
      heard()
    })
  return {
    /** Waits until the process has printed a match of the pattern. */
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const fail = (what) => reject(new Error(`${command} ${what}. It printed:\n${output}`))
        const timer = setTimeout(() => fail(`has not said ${pattern}`), timeoutMs)
        heard = () => {
          const match = pattern.exec(output)
          if (match) {
            clearTimeout(timer)
            resolve(match)
          }
        }
        child.once('close', () => {
          heard()
          fail('ended before it was done')
        })
        heard()
      }),
    end: () => child.kill('SIGKILL'),
  }
}
