// The codec's `call` row: the message with which Task.Supervisor.async requests a task from a supervisor, encoded and decoded
// by Moebi and, in the same run, by the erl of this machine. The measure is the CPU time of all threads of the
// process, which does not depend on the load of the machine. Run it with: node bench/etf.js [--quick]
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { decode, decodeTerm, encode, encodeTerm, Reader, Writer } from 'moebi/etf'

const source = `
-module(etf_bench).
-export([main/1, encode/2, decode/2]).

main([Hex, Milliseconds]) ->
    Bytes = binary:decode_hex(list_to_binary(Hex)),
    Term = binary_to_term(Bytes),
    Us = list_to_integer(Milliseconds) * 1000,
    rate(encode, Term, Us div 4),
    Encode = rate(encode, Term, Us),
    rate(decode, Bytes, Us div 4),
    Decode = rate(decode, Bytes, Us),
    io:format("~b ~b~n", [Encode, Decode]),
    halt().

rate(Work, Input, Us) ->
    rate(Work, Input, Us, cpu(), 0).

rate(Work, Input, Us, From, Done) ->
    apply(?MODULE, Work, [Input, 2000]),
    Took = cpu() - From,
    if
        Took >= Us -> (Done + 2000) * 1000000 div Took;
        true -> rate(Work, Input, Us, From, Done + 2000)
    end.

cpu() ->
    {Total, _} = statistics(runtime),
    Total * 1000.

encode(_, 0) -> ok;
encode(Term, N) -> term_to_binary(Term, [{minor_version, 2}]), encode(Term, N - 1).

decode(_, 0) -> ok;
decode(Bytes, N) -> binary_to_term(Bytes), decode(Bytes, N - 1).
`

// {'$gen_call', {Pid, [alias | Ref]}, {start_task, [{Node, Pid, Pid}, monitor], temporary, nil}}, as a client sends it.
const atom = (name) => `77${name.length.toString(16).padStart(2, '0')}${Buffer.from(name).toString('hex')}`
const node = atom('moebi_client_01@localhost')
const pid = `58${node}000000600000000165414243`
const reference = `5a0003${node}65414243000000010002000300000004`
const call = Buffer.from(
  `836803${atom('$gen_call')}6802${pid}6c00000001${atom('alias')}${reference}` +
    `6804${atom('start_task')}6c000000026803${node}${pid}${pid}${atom('monitor')}6a${atom('temporary')}${atom('nil')}`,
  'hex',
)

/**
 * Measures the row and returns operations per second of CPU time: of Moebi's `encode` and `decode` (with new bytes, and a
 * reader for each term), of Moebi as in a connection (with one slab and one reader), and of the BEAM, where it is installed.
 *
 * @param {{ ms?: number, repeats?: number }} [options] duration and number of the measurements of each rate, of which the median is returned
 */
export function measureEtf({ ms = 400, repeats = 5 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'moebi-bench-'))
  try {
    writeFileSync(join(folder, 'etf_bench.erl'), source)
    const hasErl = compiles(folder)
    const rows = []
    for (let i = 0; i < repeats; i++) rows.push({ ...moebi(ms), ...(hasErl ? beam(folder, ms) : {}) })
    const names = Object.keys(rows[0])
    return Object.fromEntries(names.map((name) => [name, median(rows.map((row) => row[name]))]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Prints the results of {@link measureEtf}, with ratios to the BEAM. */
export function printEtf(found) {
  console.log(`etf, the call row (${call.length} bytes), operations in a second of the processor`)
  const row = (name, ours, theirs) =>
    console.log(
      `  ${name.padEnd(28)} ${format(ours)}${theirs === undefined ? '' : `   BEAM ${format(theirs)}   ${(ours / theirs).toFixed(2)}×`}`,
    )
  row('encode', found.encode, found.beamEncode)
  row('encode into a slab', found.encodeTerm, found.beamEncode)
  row('decode', found.decode, found.beamDecode)
  row('decode from a frame', found.decodeTerm, found.beamDecode)
}

function moebi(ms) {
  const term = decode(call)
  const writer = new Writer()
  const reader = new Reader()
  if (!call.equals(encode(term))) throw new Error('encode does not give back what decode was given')
  const works = {
    encode: () => encode(term),
    encodeTerm: () => {
      encodeTerm(writer, term)
      if (writer.length > 60_000) writer.takeBytes()
    },
    decode: () => decode(call),
    decodeTerm: () => {
      reader.reset(call, 1)
      decodeTerm(reader)
    },
  }
  for (const work of Object.values(works)) rate(work, ms / 4)
  return Object.fromEntries(Object.entries(works).map(([name, work]) => [name, rate(work, ms)]))
}

function rate(work, ms) {
  const from = cpu()
  let done = 0
  let took = 0
  while (took < ms) {
    for (let i = 0; i < 2000; i++) work()
    done += 2000
    took = cpu() - from
  }
  return (done * 1000) / took
}

function cpu() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function compiles(folder) {
  try {
    execFileSync('erlc', ['etf_bench.erl'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: 30_000,
    })
    return true
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

function beam(folder, ms) {
  const argv = [
    '+S',
    '1:1',
    '+sbwt',
    'none',
    '-noshell',
    '-noinput',
    '-run',
    'etf_bench',
    'main',
    call.toString('hex'),
    `${ms}`,
  ]
  const [beamEncode, beamDecode] = execFileSync('erl', argv, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 30_000 + ms * 4,
  })
    .split(' ')
    .map(Number)
  return { beamEncode, beamDecode }
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]
const format = (rate) => `${(rate / 1000).toFixed(0).padStart(6)}k/s`

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  printEtf(measureEtf(process.argv.includes('--quick') ? { ms: 40, repeats: 1 } : {}))
