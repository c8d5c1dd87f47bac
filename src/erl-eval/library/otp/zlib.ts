import { deflateRawSync, deflateSync, gunzipSync, gzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import { atom } from '../../../term/index.ts'
import { type Bits, bitsOfBytes, type Functions, fail } from '../../value/index.ts'
import { iolist } from '../erlang/index.ts'

type Codec = (data: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array

/** Maximum size of what is inflated, in bytes. */
const MAX_INFLATED = 2 ** 26
const DATA_ERROR = atom('data_error')

const converted =
  (codec: Codec) =>
  (data: unknown): Bits => {
    const bytes = iolist(data).toBytes()
    try {
      return bitsOfBytes(codec(bytes, { maxOutputLength: MAX_INFLATED }))
    } catch {
      return fail(DATA_ERROR)
    }
  }

/** The functions of `zlib` that take the whole data. */
export const zlib: Functions = {
  compress: converted(deflateSync),
  uncompress: converted(inflateSync),
  zip: converted(deflateRawSync),
  unzip: converted(inflateRawSync),
  gzip: converted(gzipSync),
  gunzip: converted(gunzipSync),
}
