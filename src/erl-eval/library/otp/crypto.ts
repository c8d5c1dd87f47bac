import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  getCiphers,
  getHashes,
  pbkdf2Sync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { Atom, atom, TupleClass, tuple } from '../../../term/index.ts'
import {
  Bits,
  badarg,
  bitsOfBytes,
  type Functions,
  failWith,
  integer,
  isInteger,
  itemsOf,
  listOf,
} from '../../value/index.ts'
import { iolist } from '../erlang/index.ts'

const OK = atom('ok')
const HMAC = atom('hmac')
const STATE = atom('moebi_crypto_state')
/** Names of OTP for digests whose names differ in OpenSSL. */
const DIGESTS: Readonly<Record<string, string>> = {
  sha: 'sha1',
  blake2b: 'blake2b512',
  blake2s: 'blake2s256',
}
const digests = new Set(getHashes())
const ciphers = new Set(getCiphers())

const bytesOf = (data: unknown): Uint8Array => iolist(data).toBytes()
const nameOf = (value: unknown): string => (value instanceof Atom ? value.name : badarg())

function digestOf(type: unknown): string {
  const name = DIGESTS[nameOf(type)] ?? nameOf(type).replace('sha3_', 'sha3-')
  return digests.has(name) ? name : badarg()
}

function cipherOf(type: unknown): string {
  const name = nameOf(type).replaceAll('_', '-')
  return ciphers.has(name) ? name : badarg()
}

const hash = (type: unknown, data: unknown): Bits =>
  bitsOfBytes(createHash(digestOf(type)).update(bytesOf(data)).digest())

/** Only HMAC: Node.js has no CMAC and no Poly1305 alone. */
function mac(kind: unknown, type: unknown, key: unknown, data: unknown): Bits {
  if (kind !== HMAC) return failWith('notsup', kind)
  return bitsOfBytes(createHmac(digestOf(type), bytesOf(key)).update(bytesOf(data)).digest())
}

// The state of a computation that is not finished is what it was given, since a state may be used more than once.
const stateOf = (args: readonly unknown[], data: Bits): TupleClass => tuple(STATE, listOf(args), data)

function stateParts(state: unknown): readonly [args: readonly unknown[], data: Bits] {
  if (!(state instanceof TupleClass) || state.elements[0] !== STATE) return badarg()
  const [, args, data] = state.elements as readonly unknown[]
  return [itemsOf(args)!, data as Bits]
}

function update(state: unknown, more: unknown): unknown {
  const [args, data] = stateParts(state)
  return stateOf(args, bitsOfBytes(Buffer.concat([data.toBytes(), bytesOf(more)])))
}

const EMPTY = bitsOfBytes(new Uint8Array(0))

interface CipherOptions {
  readonly encrypt: boolean
  readonly padded: boolean
}

function cipherOptions(flag: unknown): CipherOptions {
  if (typeof flag === 'boolean') return { encrypt: flag, padded: false }
  const options = new Map(
    (itemsOf(flag) ?? badarg()).map((option) =>
      option instanceof TupleClass && option.elements[0] instanceof Atom
        ? [option.elements[0].name, option.elements[1] as unknown]
        : badarg(),
    ),
  )
  return {
    encrypt: options.get('encrypt') !== false,
    padded: options.get('padding') === atom('pkcs_padding'),
  }
}

function oneTime(type: unknown, key: unknown, iv: unknown, data: unknown, flag: unknown): Bits {
  const { encrypt, padded } = cipherOptions(flag)
  try {
    const make = encrypt ? createCipheriv : createDecipheriv
    const cipher = make(cipherOf(type), bytesOf(key), iv === null ? null : bytesOf(iv))
    cipher.setAutoPadding(padded)
    return bitsOfBytes(Buffer.concat([cipher.update(bytesOf(data)), cipher.final()]))
  } catch {
    return badarg()
  }
}

const TAG_LENGTH = 16

function oneTimeAead(
  type: unknown,
  key: unknown,
  iv: unknown,
  data: unknown,
  additional: unknown,
  tag: unknown,
  encrypt: unknown,
): unknown {
  const name = cipherOf(type) as 'aes-128-gcm'
  const authTagLength = tag instanceof Bits ? tag.size / 8 : typeof tag === 'number' ? tag : TAG_LENGTH
  const text = bytesOf(data)
  const options = { authTagLength }
  const aad = { plaintextLength: text.length }
  try {
    if (encrypt === true) {
      const cipher = createCipheriv(name, bytesOf(key), bytesOf(iv), options)
      cipher.setAAD(bytesOf(additional), aad)
      const encrypted = Buffer.concat([cipher.update(text), cipher.final()])
      return tuple(bitsOfBytes(encrypted), bitsOfBytes(cipher.getAuthTag()))
    }
    const decipher = createDecipheriv(name, bytesOf(key), bytesOf(iv), options)
    decipher.setAuthTag(bytesOf(tag))
    decipher.setAAD(bytesOf(additional), aad)
    return bitsOfBytes(Buffer.concat([decipher.update(text), decipher.final()]))
  } catch {
    return encrypt === true ? badarg() : atom('error')
  }
}

function randomInteger(low: unknown, high: unknown): number | bigint {
  if (!isInteger(low) || !isInteger(high) || low >= high) return badarg()
  const range = BigInt(high) - BigInt(low)
  // Eight bytes more than the range make the result even.
  const bytes = randomBytes(Math.ceil(range.toString(16).length / 2) + 8)
  return integer(BigInt(low) + (BigInt(`0x${bytes.toString('hex')}`) % range))
}

function exor(first: unknown, second: unknown): Bits {
  const [a, b] = [bytesOf(first), bytesOf(second)]
  return a.length === b.length ? bitsOfBytes(a.map((byte, i) => byte ^ b[i]!)) : badarg()
}

const MAX_RANDOM = 2 ** 24
const supported = (): readonly (readonly [string, readonly string[]])[] => [
  ['hashs', [...digests].map((name) => (name === 'sha1' ? 'sha' : name.replace('sha3-', 'sha3_')))],
  ['ciphers', [...ciphers].map((name) => name.replaceAll('-', '_'))],
  ['macs', ['hmac']],
]

/** The module `crypto`: hashes, HMAC, random bytes and ciphers. @see https://www.erlang.org/doc/apps/crypto/crypto */
export const crypto: Functions = {
  start: () => OK,
  stop: () => OK,
  info_lib: () =>
    listOf([
      tuple(bitsOfBytes(Buffer.from('OpenSSL')), 0, bitsOfBytes(Buffer.from(process.versions.openssl))),
    ]),
  supports: (kind: unknown = undefined) => {
    const lists = supported().map(([name, names]) =>
      tuple(atom(name), listOf(names.map((each) => atom(each)))),
    )
    if (kind === undefined) return listOf(lists)
    return lists.find(({ elements }) => elements[0] === kind)?.elements[1] ?? badarg()
  },
  hash,
  hash_init: (type: unknown) => {
    digestOf(type)
    return stateOf([type], EMPTY)
  },
  hash_update: update,
  hash_final: (state: unknown) => {
    const [[type], data] = stateParts(state)
    return hash(type, data)
  },
  hash_equals: (first: unknown, second: unknown) => {
    const [a, b] = [bytesOf(first), bytesOf(second)]
    return a.length === b.length ? timingSafeEqual(a, b) : badarg()
  },
  mac,
  macN: (kind: unknown, type: unknown, key: unknown, data: unknown, length: unknown) => {
    const whole = mac(kind, type, key, data)
    return typeof length === 'number' && length * 8 <= whole.size ? whole.part(0, length * 8) : badarg()
  },
  mac_init: (kind: unknown, type: unknown, key: unknown) => {
    mac(kind, type, key, EMPTY)
    return stateOf([kind, type, key], EMPTY)
  },
  mac_update: update,
  mac_final: (state: unknown) => {
    const [[kind, type, key], data] = stateParts(state)
    return mac(kind, type, key, data)
  },
  pbkdf2_hmac: (type: unknown, password: unknown, salt: unknown, rounds: unknown, length: unknown) =>
    typeof rounds === 'number' &&
    typeof length === 'number' &&
    rounds > 0 &&
    length > 0 &&
    length < MAX_RANDOM
      ? bitsOfBytes(pbkdf2Sync(bytesOf(password), bytesOf(salt), rounds, length, digestOf(type)))
      : badarg(),
  strong_rand_bytes: (count: unknown) =>
    typeof count === 'number' && count >= 0 && count <= MAX_RANDOM
      ? bitsOfBytes(randomBytes(count))
      : badarg(),
  rand_uniform: randomInteger,
  exor,
  bytes_to_integer: (data: unknown) => {
    const hex = Buffer.from(bytesOf(data)).toString('hex')
    return integer(BigInt(`0x${hex === '' ? '0' : hex}`))
  },
  crypto_one_time: (
    type: unknown,
    key: unknown,
    third: unknown,
    fourth: unknown,
    fifth: unknown = undefined,
  ) =>
    fifth === undefined ? oneTime(type, key, null, third, fourth) : oneTime(type, key, third, fourth, fifth),
  crypto_one_time_aead: (...args: [unknown, unknown, unknown, unknown, unknown, unknown, unknown?]) =>
    args.length === 7
      ? oneTimeAead(...(args as Parameters<typeof oneTimeAead>))
      : oneTimeAead(args[0], args[1], args[2], args[3], args[4], TAG_LENGTH, args[5]),
}
