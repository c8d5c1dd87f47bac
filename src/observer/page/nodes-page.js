import { bytes, count, duration, el, fill } from './dom.js'
import { Plots } from './plots.js'

/** What the page keeps of the cluster while it is open: the last value, and the samples for the plots. */
const cluster = { nodes: [], samples: new Map() }

document.addEventListener('cluster', ({ detail: { history, nodes } }) => {
  for (const [name, samples] of Object.entries(history ?? {})) cluster.samples.set(name, [...samples])
  for (const { name, sample } of nodes ?? []) {
    const samples = cluster.samples.get(name) ?? []
    cluster.samples.set(name, samples)
    if (sample && samples.at(-1)?.time !== sample.time) samples.push(sample)
    while (samples.length > 0 && samples[0].time < Date.now() / 1000 - 900) samples.shift()
  }
  if (nodes) cluster.nodes = nodes
})

class NodesPage extends HTMLElement {
  #cards = el('div', { class: 'cards' })
  #links = el('div')
  #plots = new Plots()
  #onCluster = () => this.#show()

  connectedCallback() {
    this.append(
      this.#cards,
      el('h2', {}, 'The last 15 minutes'),
      this.#plots.element,
      el('h2', {}, 'Links'),
      this.#links,
    )
    document.addEventListener('cluster', this.#onCluster)
    this.#show()
  }

  disconnectedCallback() {
    document.removeEventListener('cluster', this.#onCluster)
    this.#plots.close()
  }

  #show() {
    fill(this.#cards, ...cluster.nodes.map(card))
    const rows = cluster.nodes.flatMap(({ name, links = [] }) => links.map((link) => linkRow(name, link)))
    fill(this.#links, rows.length === 0 ? 'No node has a link.' : linkTable(rows))
    this.#plots.show(cluster.samples)
  }
}

function card(node) {
  const {
    name,
    kind,
    problem,
    release,
    processes,
    memory,
    lag,
    uptime,
    roundTrip,
    zombies,
    osPid,
    runQueue,
  } = node
  const value = (term, text) => [el('dt', {}, term), el('dd', {}, text)]
  return el(
    'section',
    { class: problem ? 'card down' : 'card', 'data-node': name },
    el('h2', {}, el('a', { href: `#processes?${new URLSearchParams({ node: name })}` }, name)),
    problem
      ? el('p', { class: 'problem' }, problem)
      : release === undefined
        ? el('p', {}, 'It is asked.')
        : el(
            'dl',
            {},
            ...value(kind === 'moebi' ? 'Moebi' : 'BEAM', release),
            ...value('Processes', count(processes)),
            ...value('Memory', bytes(memory.total)),
            ...(memory.heap_used === undefined
              ? []
              : value('Heap', `${bytes(memory.heap_used)} of ${bytes(memory.heap_total)}`)),
            ...(memory.binary === undefined ? [] : value('Binaries', bytes(memory.binary))),
            ...(memory.ets === undefined ? [] : value('ETS', bytes(memory.ets))),
            ...(lag === undefined ? [] : value('Event-loop lag', `${lag} ms`)),
            ...value('Run queue', count(runQueue)),
            ...value('Round trip', roundTrip === undefined ? '–' : `${roundTrip} ms`),
            ...value('Up for', duration(uptime)),
            ...(zombies > 0 ? value('Ended, but running', count(zombies)) : []),
            ...value('System process', osPid ?? '–'),
          ),
  )
}

function linkTable(rows) {
  const head = ['From', 'To', 'Bytes in', 'Bytes out', 'Signals in', 'Signals out', 'Waiting']
  return el(
    'div',
    { class: 'scroll' },
    el(
      'table',
      {},
      el('thead', {}, el('tr', {}, ...head.map((text, at) => el('th', { class: at > 1 && 'number' }, text)))),
      el('tbody', {}, ...rows),
    ),
  )
}

function linkRow(from, { node, hidden, bytesIn, bytesOut, signalsIn, signalsOut, queue }) {
  const cells = [bytes(bytesIn), bytes(bytesOut), count(signalsIn), count(signalsOut), bytes(queue)]
  return el(
    'tr',
    {},
    el('td', {}, from),
    el('td', {}, node, hidden && el('small', {}, ' hidden')),
    ...cells.map((text) => el('td', { class: 'number' }, text)),
  )
}

customElements.define('nodes-page', NodesPage)
