import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { atom, GenServer, reply, Supervisor } from '../../src/index.ts'
import { Observer } from '../../src/observer/index.ts'
import type { BeamNode } from '../support/beam.ts'
import { openPage, startBrowser } from '../support/chromium.ts'
import type { TestNode } from '../support/cluster.ts'
import { seenWithin } from '../support/seen-within.ts'
import { Meeting } from './node-meeting.ts'

// The observer on a Moebi node, with a second one and a real Elixir node, in a real browser.

let meeting: Meeting
let browser: Browser
let page: Page
let errors: readonly string[]
let url: string
let alex: TestNode
let kate: TestNode
let elli: BeamNode

const Counter = GenServer.define({
  init: (n: number) => n,
  call: { add: (n, by: number) => reply(n + by, n + by) },
})

beforeAll(async () => {
  const starting = startBrowser()
  meeting = await Meeting.start()
  alex = await meeting.moebi('alex')
  kate = await meeting.moebi('kate', { allow: 'observe' })
  elli = await meeting.elixir('elli')
  await elli.evaluate(`
    {:ok, pid} = Supervisor.start_link([
      Supervisor.child_spec({Agent, fn -> 7 end}, id: :memory),
      {DynamicSupervisor, name: Rooms, strategy: :one_for_one},
      {Registry, keys: :unique, name: Users}
    ], strategy: :one_for_one, name: Shop)
    Process.unlink(pid)
    Process.register(spawn(fn -> Process.sleep(:infinity) end), :slow)
    :ok
  `)
  await kate.node.run(() =>
    Supervisor.start([Counter.child(1, { name: 'Counter' })], { strategy: 'one_for_one', name: 'Top' }),
  )
  const observer = await alex.node.run(() => Observer.start({ port: 0 }))
  url = Observer.url(observer)!
  for (const name of ['kate@localhost', 'elli@localhost']) await alex.node.peers.connect(atom(name) as never)
  browser = await starting
  ;({ page, errors } = await openPage(browser, url))
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await alex?.node.stop()
  await meeting?.[Symbol.asyncDispose]()
})

const open = (hash: string): Promise<unknown> => page.goto(new URL(hash, url).href)
const ellis = 'node=elli%40localhost'

test('an Elixir node is read with nothing installed there', async () => {
  await page.waitForSelector('[data-node="kate@localhost"] dl')
  await page.waitForSelector('[data-node="elli@localhost"] dd:has-text("Elixir")')
  await open(`/#processes?${ellis}`)
  await page.waitForSelector('tr:has-text(":code_server") td:has-text("code_server.loop/1")')
})

test('its supervision trees are drawn', async () => {
  await open(`/#tree?${ellis}`)
  await page.waitForSelector('svg.tree .supervisor text:has-text("Shop")')
  await page.waitForSelector('svg.tree .worker text:has-text(":memory")')
  await page.waitForSelector('svg.tree .supervisor text:has-text("Rooms")')
})

test('its names, registries and groups are listed', async () => {
  await open(`/#names?${ellis}`)
  await page.waitForSelector('h2:has-text("Registries") + .scroll td:has-text("Users")')
  await page.waitForSelector('td:has-text(":application_controller")')
  expect(await page.locator('main .problem').count()).toBe(0)
})

test('a mailbox of it that grows is seen within a second', async () => {
  await open(`/#processes?${ellis}`)
  const row = page.locator('tr', { hasText: ':slow' })
  await row.waitFor()
  await seenWithin(
    1_000,
    () => void elli.evaluate('for n <- 1..500, do: send(:slow, {:hello, n}); :ok'),
    (attempt) => row.locator('td.number', { hasText: (500 * attempt).toLocaleString('en') }).waitFor(),
  )
  await row.locator('a.pid').click()
  await page.waitForSelector('pre:has-text("{:hello, 1}")')
  await page.waitForSelector('h3:has-text("Where it is") + pre:has-text("sleep")')
})

test('the state of a server of it is read, its messages are traced, and it is killed', async () => {
  await open(`/#tree?${ellis}`)
  await page.locator('svg.tree a', { hasText: ':memory' }).click()
  await page.click('button:has-text("Read state")')
  await page.waitForSelector('main > * > pre:has-text("7")')
  await page.click('button:has-text("Trace messages")')
  await page.waitForSelector('button:has-text("Stop the trace")')
  const count = `send(elem(List.keyfind(Supervisor.which_children(Shop), :memory, 0), 1), {:system, {self(), make_ref()}, :get_state}); :ok`
  const lines = page.locator('.trace li')
  await expect
    .poll(
      async () => {
        await elli.evaluate(count)
        return (await lines.allTextContents()).slice(0, 20).join(' ')
      },
      { timeout: 20_000 },
    )
    .toMatch(/received: \{:system, .*, :get_state\}.* sent: .*7\}+ to #PID/)
  await page.click('button:has-text("Kill")')
  await page.click('dialog button:has-text("Kill it")')
  await page.waitForSelector('.problem:has-text("This process has ended.")')
})

test('the crash of a process of it is seen within a second', async () => {
  await open('/#crashes')
  const reports = page.locator('.reports pre')
  await seenWithin(
    1_000,
    (attempt) => void elli.evaluate(`spawn(fn -> raise "out of chicken ${attempt}" end); :ok`),
    (attempt) =>
      reports
        .filter({ hasText: `out of chicken ${attempt}` })
        .first()
        .waitFor(),
  )
})

test('its end is seen, and the page goes on', async () => {
  await open('/#nodes')
  await page.waitForSelector('[data-node="elli@localhost"] dl')
  await elli.stop()
  await page.waitForSelector('[data-node="elli@localhost"] .problem:has-text("elli@localhost is down")')
  await page.waitForSelector('[data-node="kate@localhost"] dl')
  expect(errors.filter((text) => !text.includes('409'))).toEqual([])
})
