import { Readable, Writable } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import { expect, test } from 'vitest'
import * as words from '../../../src/index.ts'
import { LocalKernel, setDefaultKernel } from '../../../src/process/index.ts'
import { Shell, Tty } from '../../../src/shell/index.ts'
import { History } from '../../../src/shell/terminal/history.ts'
import { eventually } from '../../support/eventually.ts'

const KEYS = [
  ...'\x01\x02\x05\x06\x07\x08\x0b\x0c\x0e\x10\x12\x14\x15\x17\x19\x1f\x7f\t\r\r\r',
  ...[
    '\x1b[A',
    '\x1b[B',
    '\x1b[C',
    '\x1b[D',
    '\x1b[H',
    '\x1b[F',
    '\x1b[3~',
    '\x1bb',
    '\x1bf',
    '\x1bd',
    '\x1b\x7f',
  ],
  ...['\x1b\r', '\x1b[1;5C', '\x1b[1;5D', '\x1b[200~', '\x1b[201~', '\x1b', '\x1b[', '\x1b[99~'],
]
const TEXTS = [
  ...[
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    "'",
    '"',
    '`',
    '/',
    '/*',
    '*/',
    '//',
    '\\',
    ';',
    ',',
    '.',
    ' + ',
    ' = ',
    ' => ',
  ],
  ...[
    '1',
    'x',
    'const x',
    'let y: number',
    'function f',
    'class A<T>',
    'interface B',
    'type C',
    'await 1',
    'nope',
    '1 + 1',
  ],
  ...[
    'Node.',
    'process.',
    "'./",
    'v()',
    'h()',
    'i(1)',
    'é',
    '日本',
    '👩‍👩‍👧',
    'e\u0301',
    'x'.repeat(90),
    'import',
  ],
]
const ROUNDS = 40
const EDITS = 50

test('the shell responds after 2,000 random edits and inputs', async () => {
  const random = numbers(20_260_101)
  const input = Object.assign(new Readable({ read() {} }), { setRawMode: () => {} })
  let shown = ''
  const output = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        shown += String(chunk)
        done()
      },
    }),
    { columns: 40, rows: 12 },
  )
  const kernel = new LocalKernel()
  setDefaultKernel(kernel)
  const terminal = new Tty({
    input: input as unknown as ReadStream,
    output: output as unknown as WriteStream,
    colors: true,
    history: new History(undefined),
  })
  const shell = new Shell({ kernel, terminal, bindings: words, halt: () => {} })
  const ended = shell.run()
  for (let round = 0; round < ROUNDS; round++) {
    for (let edit = 0; edit < EDITS; edit++) {
      const from = random(2) === 0 ? KEYS : TEXTS
      input.push(from[random(from.length)])
      if (random(20) === 0) terminal.write('from elsewhere\n')
      if (random(40) === 0) output.emit('resize', Object.assign(output, { columns: 10 + random(70) }))
      if (random(10) === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    // Ctrl-G and one Ctrl-C (two would end the shell) cancel the input; after that the shell must respond.
    input.push('\x07')
    input.push('\x07')
    input.push('\x1b[201~')
    input.push('\x07')
    input.push('\x03')
    await new Promise((resolve) => setImmediate(resolve))
    shown = ''
    input.push(`'probe' + ${round}\r`)
    await eventually(`an answer in round ${round}`, () => shown.includes(`"probe${round}"`))
  }
  input.push('\x04')
  expect(await ended).toBeTypeOf('boolean')
  shell.close()
})

/** Returns a generator of pseudo-random numbers, which are the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
