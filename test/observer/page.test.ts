import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  atom,
  GenServer,
  type Pid,
  Process,
  Registry,
  receive,
  reply,
  Supervisor,
  self,
  send,
  spawn,
} from '../../src/index.ts'
import { Observer } from '../../src/observer/index.ts'
import { openPage, startBrowser } from '../support/chromium.ts'
import { Cluster, type TestNode } from '../support/cluster.ts'
import { seenWithin } from '../support/seen-within.ts'

// The page in a real browser, with nodes of this process.

let cluster: Cluster
let browser: Browser
let page: Page
let errors: readonly string[]
let kate: TestNode
let url: string

const Counter = GenServer.define({
  init: (n: number) => n,
  call: { add: (n, by: number) => reply(n + by, n + by) },
  cast: {
    crash: () => {
      throw new Error('out of chicken')
    },
  },
})

beforeAll(async () => {
  const starting = startBrowser()
  cluster = await Cluster.start()
  kate = await cluster.moebi('kate', { allow: 'observe' })
  const alex = await cluster.moebi('alex')
  await cluster.moebi('shy')
  await kate.node.run(startChildren)
  const observer: Pid = await alex.node.run(() => Observer.start({ port: 0 }))
  url = Observer.url(observer)!
  for (const name of ['kate@localhost', 'shy@localhost']) await alex.node.peers.connect(atom(name) as never)
  browser = await starting
  ;({ page, errors } = await openPage(browser, url))
})
afterAll(async () => {
  await browser?.close()
  await cluster?.[Symbol.asyncDispose]()
})

async function startChildren(): Promise<void> {
  await Supervisor.start(
    [
      Registry.child({ keys: 'unique', name: 'Users' }),
      Counter.child(41, { name: 'Counter' }),
      Counter.child(7, { name: 'Second', id: atom('second') }),
    ],
    { strategy: 'one_for_one', name: 'Shop', maxRestarts: 100 },
  )
  const owner = self()
  spawn(async () => {
    Process.register(self(), 'slow')
    Process.setLabel('<img src=x onerror="window.wasRun = true">')
    send(owner, atom('ready'))
    // Waits for something that is not a message.
    await new Promise(() => {})
  })
  await receive()
}

const open = (hash: string): Promise<unknown> => page.goto(new URL(hash, url).href)
const kates = 'node=kate%40localhost'

test('the nodes are there, and one that refuses is a sentence with the option that opens it', async () => {
  await page.waitForSelector('[data-node="kate@localhost"] dl')
  await page.waitForSelector('[data-node="alex@localhost"] dl')
  const problem = page.locator('[data-node="shy@localhost"] .problem')
  await problem.waitFor()
  expect(await problem.textContent()).toBe(
    'shy@localhost refuses: the option allow of this node does not permit the operation call for the function ' +
      ":moebi_observer.info/0. It may be looked at when it is started with allow: 'observe', and changed with allow: 'open'.",
  )
  expect(await page.locator('.plots canvas').count()).toBe(3)
  expect(page.url()).not.toContain('token')
})

test('a mailbox that grows is seen, and the label of a process is only text', async () => {
  await open(`/#processes?${kates}`)
  const row = page.locator('tr', { hasText: ':slow' })
  await row.waitFor()
  const slow = kate.node.kernel.whereis(atom('slow') as never)!
  await seenWithin(
    1_000,
    () => {
      for (let i = 0; i < 500; i++) kate.node.kernel.send(kate.node.kernel.user, slow.pid, atom('hello'))
    },
    (attempt) => row.locator('td.number', { hasText: (500 * attempt).toLocaleString('en') }).waitFor(),
  )
  // It is the first row: the longest mailbox.
  expect(await page.locator('tbody tr').first().textContent()).toContain(
    '<img src=x onerror="window.wasRun = true">',
  )
  expect(await page.locator('main img').count()).toBe(0)
})

test('processes are searched and sorted with the keyboard', async () => {
  await page.keyboard.press('/')
  await page.keyboard.type('coun')
  await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
  expect(await page.locator('tbody tr').textContent()).toContain('Counter')
  await page.fill('input[type=search]', '')
  await page.click('th button:has-text("Name")')
  await page.waitForSelector('th[aria-sort=ascending] button:has-text("Name")')
})

test('the page of a process shows its state, and what it does', async () => {
  await open(`/#processes?${kates}`)
  await page.click('tr:has-text("Second") a.pid')
  await page.click('button:has-text("Read state")')
  await page.waitForSelector('pre:has-text("7")')
  await page.waitForSelector('dt:has-text("Ancestors") + dd a')
  await open(`/#processes?${kates}`)
  await page.click('tr:has-text(":slow") a.pid')
  await page.waitForSelector('pre:has-text("Its function has not returned for")')
  await page.waitForSelector('pre:has-text(":hello")')
})

test('messages of a process are traced, and a node that only lets others look refuses the rest in words', async () => {
  await open(`/#processes?${kates}`)
  await page.click('tr:has-text("Second") a.pid')
  await page.click('button:has-text("Trace messages")')
  await page.waitForSelector('button:has-text("Stop the trace")')
  await expect
    .poll(
      async () => {
        await kate.node.run(() => GenServer.call('Second', Counter.add(1)))
        return page
          .locator('.trace li')
          .first()
          .textContent({ timeout: 500 })
          .catch(() => '')
      },
      { timeout: 20_000 },
    )
    .toMatch(/received: \{:"\$gen_call", .*, \{:add, 1\}\}/)
  await page.click('button:has-text("Stop the trace")')
  await page.click('button:has-text("Kill")')
  await page.click('dialog button:has-text("Cancel")')
  await page.click('button:has-text("Kill")')
  await page.click('dialog button:has-text("Kill it")')
  await page.waitForSelector('.problem:has-text("kate@localhost refuses")')
})

test('a process of the own node is killed after a confirmation', async () => {
  const victim = kate.node.kernel
  expect(victim.whereis(atom('slow') as never)).toBeDefined()
  await open('/#processes?node=alex%40localhost')
  await page.click('tr:has-text("moebi_observer: reports") a.pid')
  await page.click('button:has-text("Kill")')
  await page.click('dialog button:has-text("Kill it")')
  await page.waitForSelector('.problem:has-text("This process has ended.")')
})

test('the tree is drawn, and leads to the processes', async () => {
  await open(`/#tree?${kates}`)
  await page.waitForSelector('svg.tree .supervisor text:has-text("Shop")')
  expect(await page.locator('svg.tree .worker text').allTextContents()).toEqual(['Counter', 'Second'])
  await page.locator('svg.tree a', { hasText: 'Second' }).click()
  await page.waitForSelector('h2:has-text("Second")')
})

test('names and registries are listed', async () => {
  await open(`/#names?${kates}`)
  await page.waitForSelector('h2:has-text("Registries") + .scroll td:has-text("Users")')
  expect(await page.locator('main .problem').count()).toBe(0)
})

test('the crash of a child is seen on every page, and in the log', async () => {
  await open(`/#tree?${kates}`)
  await page.waitForSelector('svg.tree')
  const unread = async (): Promise<number> => Number((await page.locator('.badge').allTextContents())[0] ?? 0)
  let before = 0
  await seenWithin(
    1_000,
    async () => {
      before = await unread()
      await kate.node.run(() => GenServer.cast('Counter', Counter.crash()))
    },
    // The server and its supervisor report it.
    () => expect.poll(unread, { timeout: 20_000, interval: 20 }).toBeGreaterThanOrEqual(before + 2),
  )
  await page.keyboard.press('5')
  await page.waitForSelector('.reports pre:has-text("GenServer Counter terminating")')
  expect(await page.locator('.reports li').first().textContent()).toContain(
    'Child Counter of Supervisor Shop terminated',
  )
})

test('the end of a node is seen, and the page goes on', async () => {
  await open('/#nodes')
  await seenWithin(
    1_000,
    async (attempt) => {
      const gone = await cluster.moebi(`gone${attempt}`, { allow: 'observe' })
      await gone.node.peers.connect(atom('alex@localhost') as never)
      await page.waitForSelector(`[data-node="gone${attempt}@localhost"] dl`)
      await gone.node.stop()
    },
    (attempt) => page.locator(`[data-node="gone${attempt}@localhost"] .problem`).waitFor(),
  )
  await page.waitForSelector('[data-node="kate@localhost"] dl')
})

test('the page fits a phone, in the dark', async () => {
  await page.setViewportSize({ width: 360, height: 640 })
  await page.emulateMedia({ colorScheme: 'dark' })
  for (const hash of [
    '/#nodes',
    `/#processes?${kates}`,
    `/#tree?${kates}`,
    `/#names?${kates}`,
    '/#crashes',
  ]) {
    await open(hash)
    await page.waitForSelector('main > * *')
    const { width } = (await page.locator('main').boundingBox())!
    expect(width, hash).toBeLessThanOrEqual(360)
    expect(await page.locator('html').evaluate(({ scrollWidth }) => scrollWidth), hash).toBe(360)
  }
  expect(
    await page
      .locator('body')
      .evaluate((body) => body.ownerDocument.defaultView!.getComputedStyle(body).backgroundColor),
  ).toBe('rgb(22, 24, 28)')
})

test('nothing has gone wrong in the page', () => {
  expect(errors.filter((text) => !text.includes('409'))).toEqual([])
})
