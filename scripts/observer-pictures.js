// Makes the pictures of docs/observer.md, with Chromium and an Elixir node: node scripts/observer-pictures.js
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { DynamicSupervisor, GenServer, Node, Registry, reply, Supervisor } from 'moebi'
import { startEpmd } from 'moebi/epmd'
import { Observer } from 'moebi/observer'
import { chromium } from 'playwright-core'

const folder = fileURLToPath(new URL('../docs/observer/', import.meta.url))
mkdirSync(folder, { recursive: true })
const home = mkdtempSync(join(tmpdir(), 'moebi-pictures-'))
const epmd = await startEpmd({ port: 0, addresses: ['127.0.0.1'] })
process.env.ERL_EPMD_PORT = `${epmd.port}`

const Room = GenServer.define({ init: (name) => name, call: { name: (name) => reply(name, name) } })
const shop = await Node.start({ name: 'shop@localhost', cookie: 'pictures', log: () => {} })
const stock = await Node.start({
  name: 'stock@localhost',
  cookie: 'pictures',
  allow: 'observe',
  log: () => {},
})
for (const node of [shop, stock])
  await node.run(async () => {
    await Supervisor.start(
      [
        Registry.child({ keys: 'unique', name: 'Users' }),
        Room.child('till', { name: 'Till' }),
        Room.child('orders', { name: 'Orders', id: 'orders' }),
        DynamicSupervisor.child({ name: 'Rooms', strategy: 'one_for_one' }),
      ],
      { strategy: 'one_for_one', name: 'Shop' },
    )
    for (const room of ['north', 'south', 'east'])
      await DynamicSupervisor.startChild('Rooms', Room.child(room, { name: `Room ${room}` }))
  })
const elixir = spawn(
  'elixir',
  ['--sname', 'billing@localhost', '--cookie', 'pictures', '--no-halt', '-e', ':ok'],
  {
    env: { ...process.env, HOME: home, ERL_EPMD_ADDRESS: '127.0.0.1' },
    stdio: 'ignore',
  },
)
const url = await shop.run(async () => {
  const observer = await Observer.start({ port: 0, nodes: ['stock@localhost', 'billing@localhost'] })
  return Observer.url(observer)
})
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
try {
  const page = await browser.newPage({ viewport: { width: 1100, height: 620 } })
  await page.goto(url)
  await page.waitForSelector('[data-node="billing@localhost"] dl', { timeout: 60_000 })
  await pause(15_000)
  await take(page, 'nodes')
  await page.goto(new URL('/#processes?node=stock%40localhost', url).href)
  await page.waitForSelector('tr:has-text("Orders")')
  await take(page, 'processes')
  await page.setViewportSize({ width: 1100, height: 330 })
  await page.goto(new URL('/#tree?node=stock%40localhost', url).href)
  await page.waitForSelector('svg.tree')
  await take(page, 'tree')
} finally {
  await browser.close()
  elixir.kill('SIGKILL')
  await shop.stop()
  await stock.stop()
  await epmd.close()
  rmSync(home, { recursive: true, force: true })
}
process.exit()

function take(page, name) {
  return page.screenshot({ path: join(folder, `${name}.png`) })
}
