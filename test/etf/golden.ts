import { readFileSync } from 'node:fs'

export interface Golden {
  readonly name: string
  /** The term as Erlang source text. */
  readonly source: string
  /** What a real OTP made of it. */
  readonly bytes: Uint8Array
  /** The same with atoms in UTF-8, as between nodes; of an old tag what OTP makes of the term it read. */
  readonly v2: Uint8Array
}

interface Line {
  readonly name: string
  readonly source: string
  readonly hex: string
  readonly v2: string
}

const file = new URL('../fixtures/etf/golden.json', import.meta.url)
const { terms } = JSON.parse(readFileSync(file, 'utf8')) as { terms: Line[] }

/** Terms and the bytes of OTP 25, and a record as OTP 29 writes `#rec:pair{first = [1, {ok, <<"x">>}], second = 2}`. */
export const goldens: readonly Golden[] = [
  ...terms,
  {
    name: 'record',
    source: '#rec:pair{first = [1, {ok, <<"x">>}], second = 2}',
    ...both(
      '8343000000020177037265637704706169727705666972737477067365636f6e646c000000026101680277026f6b6d00000001786a6102',
    ),
  },
].map(({ name, source, hex, v2 }) => ({ name, source, bytes: bytesOf(hex), v2: bytesOf(v2) }))

export function golden(name: string): Golden {
  const found = goldens.find((one) => one.name === name)
  if (!found) throw new Error(`there is no golden term "${name}"`)
  return found
}

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function both(hex: string): { hex: string; v2: string } {
  return { hex, v2: hex }
}
