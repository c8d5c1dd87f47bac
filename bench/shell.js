// Measures how long a shell takes to start and to evaluate: node bench/shell.js [--quick]
//   start   from the start of the program to the first prompt, in a terminal of script(1)
//   line    from Enter to the value, for inputs in sequence, in this process
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as words from 'moebi'
import { GlobalEvaluator } from 'moebi/shell'

const quick = process.argv.includes('--quick')
const bin = fileURLToPath(new URL('../bin/moebi.js', import.meta.url))

if (spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0)
  report('start', 'to the first prompt', 400, await times(quick ? 3 : 15, start))
else console.log('W5 start  left out: there is no script(1) to make a terminal')
report('line', 'one input evaluated', 2, await lines(quick ? 200 : 2_000))
process.exit(0)

async function start() {
  const before = performance.now()
  const child = spawn('script', ['-qfc', `${process.execPath} ${bin} shell`, '/dev/null'], {
    env: { ...process.env, MOEBI_HISTORY: 'off', TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let shown = ''
  await new Promise((resolve) =>
    child.stdout.on('data', (bytes) => {
      shown += bytes
      if (shown.includes('moebi(1)>')) resolve()
    }),
  )
  const taken = performance.now() - before
  child.stdin.write('System.halt()\r')
  await new Promise((resolve) => child.once('exit', resolve))
  return taken
}

async function lines(count) {
  const evaluator = new GlobalEvaluator()
  evaluator.bind(words)
  const inputs = ['1 + 1', "const x: number = 5; tuple(atom('a'), x)", 'await Promise.resolve({ a: [x] })']
  for (const input of inputs) await evaluator.evaluate(input)
  let next = 0
  return times(count, async () => {
    const before = performance.now()
    await evaluator.evaluate(inputs[next++ % inputs.length])
    return performance.now() - before
  })
}

async function times(count, measured) {
  const taken = []
  for (let index = 0; index < count; index++) taken.push(await measured())
  return taken.sort((a, b) => a - b)
}

function report(name, says, most, taken) {
  const middle = taken[taken.length >> 1]
  const high = taken[Math.floor(taken.length * 0.95)]
  const digits = most < 10 ? 2 : 0
  console.log(
    `W5 ${name.padEnd(6)} ${says.padEnd(24)} ${middle.toFixed(digits)} ms (95%: ${high.toFixed(digits)})  at most ${most}` +
      (middle > most ? '  ABOVE' : ''),
  )
}
