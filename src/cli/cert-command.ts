import { writeCertificates } from '../certificate/index.ts'

/** Runs `moebi cert`: writes a development CA and a certificate, and prints how nodes use it. */
export function runCert(folder: string, options: { readonly host?: readonly string[] }): void {
  try {
    for (const path of writeCertificates(folder, options.host)) console.log(`* creating ${path}`)
  } catch (error) {
    console.error(`moebi cert: ${(error as Error).message}`)
    process.exitCode = 1
    return
  }
  console.log(`
Start nodes with it:

    moebi shell --sname alex@localhost --tls ${folder}
    Node.start({ name: 'alex@localhost', tls: '${folder}' })

docs/tls.md has the options of an Elixir or Erlang node. Keep the two keys secret: who has them is a node of your cluster.`)
}
