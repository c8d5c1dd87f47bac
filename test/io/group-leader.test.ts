import { beforeEach, describe, expect, test } from 'vitest'
import { startGroupLeader } from '../../src/io/index.ts'
import {
  type Kernel,
  LocalKernel,
  type LocalProcess,
  receive,
  runInProcess,
} from '../../src/process/index.ts'
import { _, Atom, atom, charlist, equals, inspect, on, type Term, text, tuple } from '../../src/term/index.ts'
import { Memory } from './device.ts'

const unicode = atom('unicode')
const latin1 = atom('latin1')

let device: Memory
let kernel: Kernel
let leader: LocalProcess
let client: LocalProcess

beforeEach(() => {
  device = new Memory()
  kernel = new LocalKernel()
  leader = startGroupLeader(kernel, device)
  client = kernel.create()
})

/** Sends a request to the group leader and returns the reply. */
async function ask(request: Term, process = client): Promise<Term> {
  const ref = kernel.makeRef()
  kernel.send(process.pid, leader.pid, tuple(atom('io_request'), process.pid, ref, request))
  return answerTo(process, ref)
}

/** Returns the reply with this tag, which may be any term. */
function answerTo(process: LocalProcess, tag: Term): Promise<Term> {
  const clause = on(
    [atom('io_reply'), _, _],
    ([, found]) => equals(found, tag),
    ([, , answer]) => answer,
  )
  return runInProcess(process, () => receive(clause))
}

const shown = async (request: Term): Promise<string> => inspect(await ask(request))

describe('output', () => {
  test('every form of the request writes characters', async () => {
    for (const request of [
      tuple(atom('put_chars'), unicode, 'ü1 '),
      tuple(atom('put_chars'), unicode, [252, ['2', [32]]]),
      tuple(atom('put_chars'), latin1, Uint8Array.of(0xfc, 0x33, 0x20)),
      tuple(atom('put_chars'), [252, '4 ']),
      tuple(atom('put_chars'), unicode, atom('io_lib'), atom('format'), [charlist('~ts~w '), ['ü', 5]]),
      tuple(atom('put_chars'), unicode, atom('io_lib'), atom('fwrite'), ['~tp', [tuple(atom('ok'), 'ü6')]]),
    ])
      expect(await shown(request)).toBe(':ok')
    expect(device.written).toBe('ü1 ü2 ü3 ü4 ü5 {ok,<<"ü6"/utf8>>}')
  })

  test('a UTF-8 sequence may be split between two binaries', async () => {
    const request = tuple(atom('put_chars'), unicode, [Uint8Array.of(0xc3), Uint8Array.of(0xbc)])
    expect(await shown(request)).toBe(':ok')
    expect(device.written).toBe('ü')
  })

  test('an argument that is not chardata is an error, and nothing is written', async () => {
    expect(await shown(tuple(atom('put_chars'), unicode, Uint8Array.of(0xff)))).toBe(
      '{:error, {:put_chars, :unicode, <<255>>}}',
    )
    expect(await shown(tuple(atom('put_chars'), latin1, [1087]))).toBe(
      '{:error, {:put_chars, :latin1, [1087]}}',
    )
    expect(
      await shown(tuple(atom('put_chars'), unicode, atom('io_lib'), atom('format'), ['~p ~p', [1]])),
    ).toBe('{:error, :format}')
    expect(device.written).toBe('')
  })

  test('a request cannot call functions other than those of io_lib', async () => {
    const request = tuple(atom('put_chars'), unicode, atom('os'), atom('cmd'), ['ls'])
    expect(await shown(request)).toBe('{:error, :request}')
  })

  test('writes are served while a read waits', async () => {
    const line = ask(tuple(atom('get_line'), unicode, 'name? '))
    const other = kernel.create()
    kernel.send(
      other.pid,
      leader.pid,
      tuple(atom('io_request'), other.pid, 7, tuple(atom('put_chars'), unicode, 'hi')),
    )
    expect(await answerTo(other, 7)).toBe(atom('ok'))
    expect(device.written).toBe('hi')
    device.type('joe\n')
    expect(await line).toBe('joe\n')
  })
})

describe('input', () => {
  test('a line is read with its prompt, with and without an encoding', async () => {
    device.type('joe\n', 'ann\n', 'eve\n', undefined)
    expect(await ask(tuple(atom('get_line'), unicode, 'name? '))).toBe('joe\n')
    expect(text((await ask(tuple(atom('get_line'), latin1, charlist('and? ')))) as string)).toBe('ann\n')
    expect(text((await ask(tuple(atom('get_line'), atom('prompt')))) as string)).toBe('eve\n')
    expect(await ask(tuple(atom('get_line'), unicode, ''))).toBe(atom('eof'))
    expect(device.prompts).toEqual(['name? ', 'and? ', 'prompt', ''])
  })

  test('reads are served in order', async () => {
    const asked = ['1', '2'].map((prompt) => ask(tuple(atom('get_line'), unicode, prompt), kernel.create()))
    await expect.poll(() => device.prompts).toEqual(['1'])
    device.type('a\n')
    expect(await asked[0]).toBe('a\n')
    device.type('b\n')
    expect(await asked[1]).toBe('b\n')
    expect(device.prompts).toEqual(['1', '2'])
  })

  test('get_chars reads as many lines as it needs, and keeps the rest', async () => {
    device.type('ab\n', 'cdefg\n', undefined)
    expect(await ask(tuple(atom('get_chars'), unicode, '', 5))).toBe('ab\ncd')
    expect(await ask(tuple(atom('get_line'), unicode, ''))).toBe('efg\n')
    expect(await ask(tuple(atom('get_chars'), unicode, '', 5))).toBe(atom('eof'))
  })

  test('get_until serves the functions that read lines and characters, and refuses others', async () => {
    device.type('joe\n')
    const until = (name: string, extra: Term): Term =>
      tuple(atom('get_until'), unicode, '', atom('io_lib'), atom(name), extra)
    expect(await ask(until('collect_line', []))).toBe('joe\n')
    expect(await shown(until('fread', ['~d']))).toBe('{:error, :request}')
    const scanner = tuple(atom('get_until'), unicode, '', atom('erl_scan'), atom('tokens'), [1])
    expect(await shown(scanner)).toBe('{:error, :request}')
  })

  test('characters that are not in Latin-1 cannot be read as Latin-1', async () => {
    device.type('п\n')
    expect(await shown(tuple(atom('get_line'), latin1, ''))).toBe(
      '{:error, {:no_translation, :unicode, :latin1}}',
    )
  })

  test('get_password is not supported', async () => {
    expect(await shown(tuple(atom('get_password'), unicode))).toBe('{:error, :enotsup}')
  })

  test('the option binary: false makes reads return lists', async () => {
    device.type('ab\n')
    expect(await shown(tuple(atom('setopts'), [tuple(atom('binary'), false)]))).toBe(':ok')
    expect(await ask(tuple(atom('get_line'), unicode, ''))).toEqual([97, 98, 10])
  })
})

describe('other requests', () => {
  test('get_geometry returns the size of a terminal', async () => {
    expect(await ask(tuple(atom('get_geometry'), atom('columns')))).toBe(80)
    expect(await ask(tuple(atom('get_geometry'), atom('rows')))).toBe(24)
    device.columns = undefined
    expect(await shown(tuple(atom('get_geometry'), atom('columns')))).toBe('{:error, :enotsup}')
    expect(await shown(tuple(atom('get_geometry'), atom('depth')))).toBe('{:error, :request}')
  })

  test('options can be read and set', async () => {
    expect(await shown(atom('getopts'))).toBe('[echo: true, binary: true, encoding: :unicode]')
    expect(await shown(tuple(atom('setopts'), [tuple(atom('echo'), false), atom('list')]))).toBe(':ok')
    expect(await shown(atom('getopts'))).toBe('[echo: false, binary: false, encoding: :unicode]')
    expect(await shown(tuple(atom('setopts'), [atom('colour')]))).toBe('{:error, :enotsup}')
  })

  test('several requests are served in order, up to the first that fails', async () => {
    const put = (chars: Term): Term => tuple(atom('put_chars'), unicode, chars)
    device.type('joe\n')
    const all = [put('a'), tuple(atom('get_line'), unicode, '? '), put('b')]
    expect(await shown(tuple(atom('requests'), all))).toBe(':ok')
    expect(device.written).toBe('ab')
    expect(await shown(tuple(atom('requests'), [put('c'), atom('nonsense'), put('d')]))).toBe(
      '{:error, :request}',
    )
    expect(device.written).toBe('abc')
  })

  test('an unknown or malformed request is answered with an error', async () => {
    for (const request of [
      atom('nonsense'),
      tuple(atom('put_chars')),
      tuple(atom('get_line')),
      tuple(atom('get_chars'), unicode, '', -1),
      tuple(atom('setopts'), 1),
      tuple(1, 2),
      'text',
      null,
    ])
      expect(await shown(request)).toBe('{:error, :request}')
  })

  test('the tag of a request may be any term', async () => {
    const tag = tuple('any', [1])
    kernel.send(client.pid, leader.pid, tuple(atom('io_request'), client.pid, tag, atom('getopts')))
    expect(inspect(await answerTo(client, tag))).toContain('echo: true')
  })

  test('a message that is not a request is ignored', async () => {
    for (const message of [
      1,
      tuple(atom('io_request')),
      tuple(atom('io_request'), 1, 2, 3),
      Atom.intern('x'),
    ])
      kernel.send(client.pid, leader.pid, message)
    expect(await ask(tuple(atom('put_chars'), unicode, 'still here'))).toBe(atom('ok'))
  })
})
