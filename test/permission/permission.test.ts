import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeCertificates } from '../../src/certificate/index.ts'
import { explainDenied } from '../../src/permission/index.ts'
import { Cluster } from '../support/cluster.ts'
import { freePort } from '../support/ports.ts'

/** The permission model is stable in Node.js 24. `node scripts/test.js` says so where an older one runs it. */
const hasPermissions = Number(process.versions.node.split('.')[0]) >= 24

const packageFolder = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')

/** The lines of the table in docs/security.md: what runs, and its flags, with those of the lines above it. */
const rows: { readonly what: string; readonly flags: readonly string[] }[] = []
for (const [, what = '', flags = ''] of page.matchAll(/^\| (.*) \| `(--allow-.*)` \|$/gm)) {
  const above = what.startsWith('also: ') ? rows.at(-1)!.flags : []
  rows.push({ what, flags: [...above, ...flags.split(' ')] })
}

test('an error that is no denial stays what it is, and a denial names flag and file', () => {
  const error = new Error('no such file')
  expect(explainDenied(error, 'the file must be read')).toBe(error)
  const denied = Object.assign(new Error('Access to this API has been restricted.'), {
    code: 'ERR_ACCESS_DENIED',
    permission: 'FileSystemRead',
    resource: '/etc/hosts',
  })
  expect(explainDenied(denied, 'the file must be read', ', or do without it')).toMatchObject({
    code: 'ERR_ACCESS_DENIED',
    message:
      'the file must be read, which Node.js does not permit: it was started with --permission and without ' +
      '--allow-fs-read=/etc/hosts. Add --allow-fs-read=/etc/hosts, or do without it.',
    cause: denied,
  })
})

describe.runIf(hasPermissions)('with node --permission', () => {
  let cluster: Cluster
  let folder: string
  beforeAll(async () => {
    cluster = await Cluster.start()
    folder = mkdtempSync(join(tmpdir(), 'moebi-permission-'))
    mkdirSync(join(folder, 'app'))
    mkdirSync(join(folder, 'home', '.local', 'state', 'moebi'), { recursive: true })
    writeFileSync(join(folder, 'home', '.erlang.cookie'), cluster.cookie, { mode: 0o600 })
    writeCertificates(join(folder, 'tls'), ['localhost'])
    writeFileSync(join(folder, 'app', 'worker.mjs'), workerSource)
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await cluster[Symbol.asyncDispose]()
  })

  const moebi = pathToFileURL(join(packageFolder, 'dist/index.js')).href
  const workerSource =
    `import { Application, Supervisor } from '${moebi}'\n` +
    "export default Application.define({ name: 'crunch', start: () => Supervisor.startLink([], { strategy: 'one_for_one' }) })\n"

  /** A program that starts a node, does something, and stops it. Prints `works`, or the error of the start. */
  const program = (options: string, code = ''): string => `
    import { Node, Supervisor, Worker } from '${moebi}'
    try {
      const node = await Node.start({ name: 'program' + process.pid + '@localhost', ${options} })
      ${code}
      console.log('works')
      await node.stop()
    } catch (error) {
      console.log('rejected:', error.code, error.message)
    }
    process.exit()`
  const startWorker =
    "await node.run(() => Supervisor.startLink([Worker.define(new URL('worker.mjs', import.meta.url), { name: 'crunch' + process.pid }).child()], { strategy: 'one_for_one' }))"
  const epmd = `epmdCommand: [${JSON.stringify(join(packageFolder, 'bin/moebi.js'))}, 'epmd', '--idle', '1']`

  interface Run {
    readonly source?: string
    readonly shell?: readonly string[]
    readonly epmd?: 'none'
    /** The flags without which it must not work: all, or these. */
    readonly needs: readonly string[]
  }
  const runs: Readonly<Record<string, Run>> = {
    'a program that has its cookie from an option, where an epmd runs': {
      source: program("cookie: 'permission-test'"),
      needs: ['--allow-net'],
    },
    'also: it has its cookie from the file': {
      source: program(''),
      needs: ['--allow-fs-read=~/.erlang.cookie'],
    },
    'also: it starts an epmd when none runs': {
      source: program(epmd),
      epmd: 'none',
      needs: ['--allow-child-process'],
    },
    'also: it starts a [worker](worker.md)': { source: program('', startWorker), needs: ['--allow-worker'] },
    'also: it has [TLS](tls.md)': { source: program("tls: '../tls'"), needs: ['--allow-fs-read=TLS_FOLDER'] },
    'a shell without a name (`node … node_modules/moebi/bin/moebi.js shell`)': {
      shell: [],
      needs: ['--allow-inspector'],
    },
    'also: with a name (`--sname`), the cookie file and the history': {
      shell: ['--sname', 'prompt@localhost'],
      needs: ['--allow-net', '--allow-fs-read=~/.erlang.cookie'],
    },
  }

  test('the table of the page has the lines that are tried here', () => {
    expect(rows.map(({ what }) => what)).toEqual(Object.keys(runs))
  })

  test.each(rows)(
    '$what: it runs with its flags, and without one the start says which',
    async ({ what, flags }) => {
      const run = runs[what]!
      expect(await start(run, flags)).toMatch(/^(works|2)$/m)
      for (const left of run.needs.filter(known)) {
        const answer = await start(
          run,
          flags.filter((flag) => flag !== left),
        )
        expect(answer).toContain(left.replace('~', join(folder, 'home')).replace('TLS_FOLDER', '../tls'))
        expect(answer).toMatch(/which Node\.js does not permit/)
        expect(answer).not.toMatch(/^(works|2)$/m)
      }
    },
  )

  /** Whether this Node.js has a flag. Node.js 24 has no --allow-net. */
  function known(flag: string): boolean {
    return process.allowedNodeEnvironmentFlags.has(flag.replace(/=.*/, ''))
  }

  /** Runs a program with some flags. Returns what it prints. */
  async function start({ source, shell, epmd }: Run, flags: readonly string[]): Promise<string> {
    const app = join(folder, 'app')
    const file = join(app, 'app.mjs')
    if (source) writeFileSync(file, source)
    const args = flags.filter(known).flatMap((flag) => {
      if (flag === '--allow-fs-read=APP')
        return [`--allow-fs-read=${app}`, `--allow-fs-read=${packageFolder}`]
      return [flag.replace('~', join(folder, 'home')).replace('TLS_FOLDER', join(folder, 'tls'))]
    })
    const command = source ? [file] : [join(packageFolder, 'bin/moebi.js'), 'shell', ...shell!]
    const port = epmd === 'none' ? await freePort() : cluster.epmdPort
    const child = spawn(process.execPath, ['--permission', ...args, ...command], {
      cwd: app,
      env: { PATH: process.env.PATH, HOME: join(folder, 'home'), ERL_EPMD_PORT: String(port) },
      timeout: 60_000,
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.stdin.end('1 + 1\n')
    await new Promise((resolve) => child.once('close', resolve))
    return output
  }
})
