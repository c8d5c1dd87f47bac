/** Certificates for TLS between nodes while a project is developed. */
export { writeCertificates } from './write-certificates.ts'
