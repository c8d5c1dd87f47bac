import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import { freePort } from '../support/ports.ts'
import { runPage, Service } from './broker-page.ts'

const libraries = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib/erlang/lib']
const [ebin] = libraries
  .filter(existsSync)
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name, 'ebin')))
  .filter((folder) => existsSync(join(folder, 'ejabberd.app')))

test.runIf(ebin)('the examples of docs/ejabberd.md run against a server', { timeout: 120_000 }, async () => {
  const port = await freePort()
  await using _server = await Service.start('ejcookie', 'Start accepting', (folder) => {
    const config = join(folder, 'ejabberd.yml')
    const listen = `[{ port: ${port}, ip: "127.0.0.1", module: ejabberd_c2s }]`
    writeFileSync(config, `hosts: [localhost]\nlisten: ${listen}\nmodules: {}\n`)
    const erl = ['erl', '-noinput', '-sname', 'ejabberd@localhost', '-setcookie', 'ejcookie', '-pa', ebin!]
    const kernel = ['-kernel', 'inet_dist_use_interface', '{127,0,0,1}']
    return {
      words: [...erl, ...kernel, '-mnesia', 'dir', `"${join(folder, 'db')}"`, '-s', 'ejabberd'],
      env: { EJABBERD_CONFIG_PATH: config, EJABBERD_LOG_PATH: join(folder, 'ejabberd.log') },
    }
  })
  await runPage('ejabberd.md')
})
