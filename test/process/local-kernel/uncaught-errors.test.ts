import { beforeAll, expect, test } from 'vitest'
import { type Ended, runProgram } from '../../support/program.ts'

const prelude = `
  import { LocalKernel, receive, runInProcess, spawn, spawnMonitor, setDefaultKernel, sleep, Process, self, send } from 'moebi/process'
  import { formatExit, inspect } from 'moebi/term'
  const kernel = new LocalKernel()
  setDefaultKernel(kernel)
  const watch = async (name, fn) => {
    await new Promise((resolve) => spawn(async () => {
      spawnMonitor(fn)
      const down = await receive()
      console.log(name, 'ended:', formatExit(down[4]).split('\\n').slice(0, 2).join(' '))
      resolve()
    }))
  }
`

test('an unhandled rejection ends the process whose code it is from, and nothing else', async () => {
  const { code, stdout, stderr } = await runProgram(`${prelude}
    await watch('floating', async () => {
      void Promise.reject(new Error('nobody waits'))
      await receive()
    })
    await watch('late', async () => {
      void (async () => {
        await sleep(1)
        throw new Error('later')
      })()
      await receive()
    })
    console.log('the program goes on')
  `)
  expect(stderr).toBe('')
  expect(stdout).toContain('floating ended:')
  expect(stdout).toContain('nobody waits')
  expect(stdout).toContain('late ended:')
  expect(stdout).toContain('the program goes on')
  expect(code).toBe(0)
})

// Each way in which an error can reach no code that catches it. One program runs all of them, one after the other.
const ways = [
  ['a rejected promise', "void Promise.reject(new Error('oops'))"],
  ['an async function that nobody awaits', "void (async () => { await null; throw new Error('oops') })()"],
  ['a callback of then', 'void Promise.resolve().then(oops)'],
  ['a timer', 'setTimeout(oops, 1)'],
  ['an interval', 'const timer = setInterval(() => { clearInterval(timer); oops() }, 1)'],
  ['an immediate', 'setImmediate(oops)'],
  ['a tick', 'process.nextTick(oops)'],
  ['a microtask', 'queueMicrotask(oops)'],
  [
    'an event listener',
    "const emitter = new EventEmitter(); emitter.on('x', oops); setTimeout(() => emitter.emit('x'), 1)",
  ],
  [
    'an error event without a listener',
    "setTimeout(() => new EventEmitter().emit('error', new Error('oops')), 1)",
  ],
  [
    'an async event listener',
    "const emitter = new EventEmitter(); emitter.on('x', async () => oops()); emitter.emit('x')",
  ],
  [
    'a listener of an EventTarget',
    "const target = new EventTarget(); target.addEventListener('x', oops); target.dispatchEvent(new Event('x'))",
  ],
  [
    'a listener of an AbortSignal',
    "AbortSignal.timeout(1).addEventListener('abort', oops); setTimeout(() => {}, 50)",
  ],
  ['a stream that is read', "Readable.from(['a']).on('data', oops)"],
  ['a stream that fails', "new PassThrough().destroy(new Error('oops'))"],
  ['a stream of a file', "createReadStream(process.execPath).on('data', oops)"],
  ['a callback of fs', 'stat(process.execPath, oops)'],
  [
    'a socket',
    `const server = createServer((socket) => socket.on('error', () => {}).end('hi'))
     server.listen(0, '127.0.0.1', () =>
       connect(server.address().port, '127.0.0.1').on('data', () => { server.close(); oops() }))`,
  ],
] as const
let ended: Ended

beforeAll(async () => {
  const watched = ways.map(([name, way]) => `await watch('${name}', async () => { ${way}; await receive() })`)
  ended = await runProgram(`${prelude}
    import { EventEmitter } from 'node:events'
    import { createReadStream, stat } from 'node:fs'
    import { connect, createServer } from 'node:net'
    import { PassThrough, Readable } from 'node:stream'
    const oops = () => { throw new Error('oops') }
    ${watched.join('\n')}
    console.log('the program goes on')
  `)
})

test.each(ways)('what %s throws ends the process whose code it is, and nothing else', (name) => {
  const { code, stdout, stderr } = ended
  expect(stderr).toBe('')
  expect(stdout).toMatch(new RegExp(`^${name} ended:.*oops`, 'm'))
  expect(stdout).toContain('the program goes on')
  expect(code).toBe(0)
})

test('an unhandled rejection in a callback ends the callback process', async () => {
  const { code, stdout } = await runProgram(`${prelude}
    const server = kernel.create()
    const other = kernel.create()
    server.handle((message) => { if (message === 'float') void Promise.reject(new Error('floats')) })
    other.handle(() => {})
    kernel.send(kernel.user, server.pid, 'float')
    while (server.alive) await new Promise((resolve) => setTimeout(resolve, 1))
    console.log(server.alive, other.alive)
  `)
  expect(stdout).toBe('false true\n')
  expect(code).toBe(0)
})

test('an unhandled rejection of an ended process has no effect', async () => {
  const { code, stdout, stderr } = await runProgram(`${prelude}
    const process = kernel.spawn(async () => {
      setTimeout(() => { throw new Error('from beyond') }, 10)
      await receive()
    })
    await new Promise((resolve) => setTimeout(resolve, 1))
    process.exit('gone')
    await new Promise((resolve) => setTimeout(resolve, 30))
    console.log('the program goes on')
  `)
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'the program goes on\n', stderr: '' })
})

test('an uncaught error outside of processes ends the program, with the error on standard error and code 1', async () => {
  const rejected = await runProgram(`${prelude}
    void Promise.reject(new Error('mine alone'))
    setTimeout(() => console.log('not reached'), 50)
  `)
  expect(rejected.code).toBe(1)
  expect(rejected.stderr).toMatch(/Error: mine alone\n\s+at /)
  expect(rejected.stdout).toBe('')
  const thrown = await runProgram(`${prelude}
    setTimeout(() => { throw new TypeError('mine too') }, 1)
    setTimeout(() => console.log('not reached'), 50)
  `)
  expect(thrown.code).toBe(1)
  expect(thrown.stderr).toMatch(/TypeError: mine too\n\s+at /)
  expect(thrown.stdout).toBe('')
})

test('a program with a listener of its own decides about uncaught errors outside of processes', async () => {
  const { code, stdout } = await runProgram(`${prelude}
    process.on('unhandledRejection', (reason) => console.log('mine:', reason.message))
    process.on('uncaughtException', (error) => console.log('mine:', error.message))
    void Promise.reject(new Error('one'))
    setTimeout(() => { throw new Error('two') }, 1)
    await watch('process', async () => {
      void Promise.reject(new Error('three'))
      await receive()
    })
  `)
  expect(code).toBe(0)
  expect(stdout).toMatch(/mine: one\n/)
  expect(stdout).toMatch(/mine: two\n/)
  expect(stdout).toMatch(/process ended:.*three/)
})

test('a kernel with attributeUncaughtErrors: false leaves uncaught errors to Node.js', async () => {
  const { code, stderr } = await runProgram(`
    import { LocalKernel } from 'moebi/process'
    const kernel = new LocalKernel({ attributeUncaughtErrors: false })
    kernel.spawn(() => void Promise.reject(new Error('to Node.js')))
  `)
  expect(code).toBe(1)
  expect(stderr).toContain('to Node.js')
})

test('a program with nothing but waiting processes ends by itself', async () => {
  const { code, stdout } = await runProgram(`${prelude}
    spawn(async () => { await receive() })
    spawn(async () => { await sleep(Infinity) })
    console.log('waiting')
  `)
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'waiting\n' })
})

test('a killed process that catches every error never runs again: the program is idle and its code is collected', async () => {
  const { code, stdout, stderr } = await runProgram(
    `${prelude}
    const collected = []
    const registry = new FinalizationRegistry((name) => collected.push(name))
    const stubborn = (name, wait) => kernel.spawn(async () => {
      const mine = { name, big: new Array(1000).fill(name) }
      registry.register(mine, name)
      while (true) {
        try { await wait() } catch { console.log('caught') } finally { console.log('finally', mine.name) }
      }
    })
    const processes = [
      stubborn('receive', () => receive()),
      stubborn('sleep', () => sleep(1_000_000)),
    ]
    await new Promise((resolve) => setTimeout(resolve, 5))
    for (const process of processes) runInProcess(process, () => Process.exit(process.pid, 'kill'))
    processes.length = 0
    let idle = 0
    const end = Date.now() + 5_000
    while (collected.length < 2 && Date.now() < end) {
      globalThis.gc()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    console.log('collected', collected.sort().join(' '))
  `,
    ['--expose-gc'],
  )
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'collected receive sleep\n', stderr: '' })
})
