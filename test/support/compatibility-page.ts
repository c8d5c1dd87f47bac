import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as op from '../../src/distribution/control.ts'
import * as flags from '../../src/distribution/flags.ts'
import * as epmd from '../../src/epmd/protocol.ts'
import { releases } from '../beam/releases.ts'
import { frames } from '../distribution/frames.ts'

const root = join(import.meta.dirname, '../..')

/** docs/compatibility.md. The text between the comments `generated: NAME` and `end` is generated, the rest is written by hand. */
export const compatibilityPage: string = join(root, 'docs/compatibility.md')

/** Returns the page with its generated parts renewed. */
export function renewed(page: string): string {
  return page.replaceAll(/(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, begin, name, end) => {
    const part = parts[name]
    if (!part) throw new Error(`${compatibilityPage}: no generated part is called "${name}"`)
    return `${begin}\n${part().join('\n')}\n\n${end}`
  })
}

const parts: Readonly<Record<string, () => string[]>> = {
  releases: () =>
    table(
      ['OTP', 'Elixir', 'from Debian'],
      Object.values(releases).map(({ otp, elixir, debian }) => [otp, elixir, debian]),
    ),
  flags: () =>
    table(
      ['flag', 'value', 'Moebi', ...Object.keys(releases).map((major) => `OTP ${major}`)],
      constants(flags, 'DFLAG_').map(([name, bit]) => [
        `\`${name}\``,
        `0x${bit.toString(16)}`,
        mark(bit, flags.LOCAL_FLAGS, flags.MANDATORY),
        ...Object.values(releases).map((release) =>
          mark(bit, release.flags | flags.DFLAG_PUBLISHED, release.mandatory),
        ),
      ]),
    ),
  operations: () => {
    const writer = readFileSync(join(root, 'src/distribution/signal-writer.ts'), 'utf8')
    const read = new Set(Object.values(frames).map(operationOf))
    return table(
      ['operation', 'code', 'received', 'sent'],
      constants(op, '')
        .filter(([name]) => !/^(ALTACT_(?!SIG)|SPAWN_(LINK|MONITOR)$|PASS_THROUGH|VERSION_MAGIC)/.test(name))
        .map(([name, code]) => [
          `\`${name}\``,
          String(code),
          read.has(Number(code)) ? 'yes' : 'no',
          new RegExp(`\\bop\\.${name}\\b`).test(writer) ? 'yes' : 'no',
        ]),
    )
  },
  epmd: () =>
    table(
      ['message', 'code'],
      constants(epmd, '')
        .filter(([name]) => /_(REQ|RESP)$/.test(name))
        .map(([name, code]) => [`\`${name}\``, String(code)]),
    ),
}

function mark(bit: bigint, announced: bigint, mandatory: bigint): string {
  return mandatory & bit ? 'mandatory' : announced & bit ? 'yes' : 'no'
}

/** Returns the exported numbers of a module whose names begin with a prefix, by value, without the prefix. */
function constants(module: object, prefix: string): [string, bigint][] {
  return Object.entries(module)
    .filter(
      ([name, value]) => name.startsWith(prefix) && (typeof value === 'bigint' || typeof value === 'number'),
    )
    .map(([name, value]): [string, bigint] => [name.slice(prefix.length), BigInt(value)])
    .sort(([, a], [, b]) => Number(a - b))
}

/** Returns the operation of a frame, given as hex digits: pass through, version, a small tuple, a small integer. */
function operationOf(frame: string): number {
  const [, arity, code] = /^708368(..)61(..)/.exec(frame) ?? []
  if (arity === undefined || code === undefined)
    throw new Error(`no frame with an operation: ${frame.slice(0, 20)}`)
  return Number.parseInt(code, 16)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
}
