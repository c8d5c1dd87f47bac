/** TLS between nodes, as `-proto_dist inet_tls` has it on a BEAM node: mutual verification, and packets with four bytes of length. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  checkServerIdentity,
  createSecureContext,
  type SecureContextOptions,
  type SecureVersion,
  TLSSocket,
} from 'node:tls'
import { inspect } from 'node:util'

/** Files and rules of TLS between nodes. The files are in the format PEM, and are read again when they have changed. */
export interface TlsOptions {
  /** File of this node's certificate, followed by those that lead to the CA. `certfile` of OTP. */
  readonly cert: string
  /** File of the certificate's private key. `keyfile` of OTP. */
  readonly key: string
  /** File of the CAs by which the certificates of the peers are signed. `cacertfile` of OTP. */
  readonly ca: string
  /**
   * Whether a peer must have a certificate that a CA has signed. `verify_peer` and `fail_if_no_peer_cert` of OTP. Default: true. With
   * false the bytes are encrypted, but anybody may stand between the nodes.
   */
  readonly verify?: boolean
  /** Whether the certificate of a node that connects to this one must be for the host in its name. Default: false. */
  readonly checkHost?: boolean
  /** Default: `'TLSv1.2'`. OTP 25 and 27 use TLS 1.2 unless they are told otherwise. */
  readonly minVersion?: SecureVersion
}

/** A folder with `node.pem`, `node.key` and `ca.pem`, as `moebi cert` writes it, or the files and rules. */
export type TlsOption = string | TlsOptions

/** Certificates and rules of one node's TLS. */
export class TlsSettings {
  readonly verify: boolean
  readonly checkHost: boolean
  readonly #options: TlsOptions
  #version: string
  #credentials: SecureContextOptions

  /** @throws TypeError for a wrong option, Error when a file cannot be read or does not fit */
  constructor(option: TlsOption) {
    const options = typeof option === 'string' ? inFolder(option) : option
    for (const file of ['cert', 'key', 'ca'] as const)
      if (typeof options?.[file] !== 'string')
        throw new TypeError(
          'the option tls is a folder with node.pem, node.key and ca.pem, or { cert, key, ca } with the paths of such files, ' +
            `got: ${inspect(option)}`,
        )
    this.#options = options
    this.verify = options.verify ?? true
    this.checkHost = options.checkHost ?? false
    this.#version = this.#readVersion()
    this.#credentials = this.#read()
  }

  /** Certificates and key, as Node.js takes them. */
  get credentials(): SecureContextOptions {
    return this.#credentials
  }

  /** Reads the files again when they have changed. Returns whether they were. Files that do not fit leave the former ones in use. */
  refresh(): boolean {
    try {
      const version = this.#readVersion()
      if (version === this.#version) return false
      this.#credentials = this.#read()
      this.#version = version
      return true
    } catch {
      // The files are being replaced: the next connection tries again.
      return false
    }
  }

  #readVersion(): string {
    const { cert, key, ca } = this.#options
    return [cert, key, ca].map((file) => statSync(file).mtimeMs).join()
  }

  #read(): SecureContextOptions {
    const { cert, key, ca, minVersion = 'TLSv1.2' } = this.#options
    const credentials = { cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(ca), minVersion }
    createSecureContext(credentials)
    return credentials
  }
}

function inFolder(folder: string): TlsOptions {
  return { cert: join(folder, 'node.pem'), key: join(folder, 'node.key'), ca: join(folder, 'ca.pem') }
}

/** Whether bytes travel over TLS on a socket: packets of the handshake have a length of four bytes there. */
export function isTls(socket: unknown): boolean {
  return socket instanceof TLSSocket
}

/** Returns why the certificate of a peer is not for a host; undefined when it is. */
export function hostMismatch(socket: unknown, host: string): string | undefined {
  if (!(socket instanceof TLSSocket)) return 'it uses no TLS'
  return checkServerIdentity(host, socket.getPeerCertificate())?.message
}
