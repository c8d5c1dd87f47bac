import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import forge from 'node-forge'

const DAYS = 825
/** An address of IPv4 or IPv6, in place of a name. */
const ADDRESS = /^\d+(\.\d+){3}$|:/
const FILES = ['ca.pem', 'ca.key', 'node.pem', 'node.key'] as const

/**
 * Writes a CA of its own and a certificate for the nodes of this machine: `ca.pem`, `ca.key`, `node.pem` and `node.key`. They are valid
 * for 825 days.
 *
 * When not to use it: in production, where an operator's CA signs one certificate for each host.
 *
 * @param folder created when it does not exist
 * @param hosts the hosts of the node names. Default: localhost, 127.0.0.1, ::1 and the name of this machine
 * @returns the paths of the files
 * @throws Error when one of the files exists
 */
export function writeCertificates(folder: string, hosts: readonly string[] = ownHosts()): string[] {
  const paths = FILES.map((file) => join(folder, file))
  const existing = paths.find((path) => existsSync(path))
  if (existing !== undefined)
    throw new Error(`${existing} exists. Name another folder, or delete the certificates of this one first.`)
  const ca = keyPair()
  const subject = [{ name: 'commonName', value: `Moebi development CA of ${hostname()}` }]
  const caCertificate = certificate(ca, ca, subject, subject, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ])
  const node = keyPair()
  const nodeCertificate = certificate(node, ca, [{ name: 'commonName', value: hosts[0]! }], subject, [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    // A node is the server of some connections and the client of others.
    { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    {
      name: 'subjectAltName',
      altNames: hosts.map((host) => (ADDRESS.test(host) ? { type: 7, ip: host } : { type: 2, value: host })),
    },
  ])
  mkdirSync(folder, { recursive: true })
  const contents = [caCertificate, ca.pem, nodeCertificate, node.pem]
  paths.forEach((path, index) => {
    writeFileSync(path, contents[index]!, { flag: 'wx', mode: path.endsWith('.key') ? 0o600 : 0o644 })
  })
  return paths
}

function ownHosts(): string[] {
  return [...new Set(['localhost', '127.0.0.1', '::1', hostname(), hostname().split('.')[0]!])]
}

interface KeyPair {
  /** The private key in the format PEM. */
  readonly pem: string
  readonly private: forge.pki.rsa.PrivateKey
  readonly public: forge.pki.rsa.PublicKey
}

function keyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return {
    pem: privateKey,
    private: forge.pki.privateKeyFromPem(privateKey),
    public: forge.pki.publicKeyFromPem(publicKey),
  }
}

/** Returns a certificate in the format PEM. */
function certificate(
  of: KeyPair,
  signer: KeyPair,
  subject: forge.pki.CertificateField[],
  issuer: forge.pki.CertificateField[],
  extensions: object[],
): string {
  const made = forge.pki.createCertificate()
  made.publicKey = of.public
  // A positive number of 16 bytes.
  made.serialNumber = `01${randomBytes(15).toString('hex')}`
  // A clock that is slow by a day does not refuse it.
  made.validity.notBefore = new Date(Date.now() - 86_400_000)
  made.validity.notAfter = new Date(Date.now() + DAYS * 86_400_000)
  made.setSubject(subject)
  made.setIssuer(issuer)
  made.setExtensions(extensions)
  made.sign(signer.private, forge.md.sha256.create())
  return forge.pki.certificateToPem(made)
}
