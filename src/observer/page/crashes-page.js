import { el, fill, pidLink } from './dom.js'

/** The reports that this page has received, the newest first. */
const MOST = 300
let reports = []

document.addEventListener('crashes', ({ detail }) => {
  const known = new Set(reports.map(({ number }) => number))
  const added = detail.reports.filter(({ number }) => !known.has(number))
  reports = [...added.reverse(), ...reports].slice(0, MOST)
})

class CrashesPage extends HTMLElement {
  #list = el('ol', { class: 'reports' })
  #search = el('input', {
    type: 'search',
    placeholder: 'Search (/)',
    'aria-label': 'Search reports',
    oninput: () => this.#show(),
  })
  #onCrashes = () => this.#show()

  connectedCallback() {
    this.append(el('div', { class: 'bar' }, this.#search), this.#list)
    document.addEventListener('crashes', this.#onCrashes)
    this.#show()
  }

  disconnectedCallback() {
    document.removeEventListener('crashes', this.#onCrashes)
  }

  #show() {
    const wanted = this.#search.value.toLowerCase()
    const shown = reports.filter(({ text, node }) => `${node} ${text}`.toLowerCase().includes(wanted))
    fill(
      this.#list,
      ...(shown.length === 0
        ? [el('p', {}, 'No node has reported an error since the observer was started.')]
        : shown.map(item)),
    )
  }
}

function item({ node, time, text, pid, level }) {
  return el(
    'li',
    { class: level },
    el(
      'div',
      { class: 'head' },
      el('time', {}, new Date(time).toLocaleTimeString()),
      ` ${node} `,
      pid && pidLink(pid),
    ),
    el('pre', {}, text),
  )
}

customElements.define('crashes-page', CrashesPage)
