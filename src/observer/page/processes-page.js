import { bytes, count, el, fill, pidLink, processHref } from './dom.js'
import { LivePage } from './live-page.js'

const COLUMNS = [
  ['name', 'Name'],
  ['status', 'Status'],
  ['queue', 'Messages'],
  ['memory', 'Memory'],
  ['reductions', 'Reductions'],
  ['current', 'Runs'],
]
const NUMBERS = ['queue', 'memory', 'reductions']

class ProcessesPage extends LivePage {
  body = el('div')
  #summary = el('p', { class: 'summary', role: 'status' })
  #sort = 'queue'
  #dir = 'down'
  #search = ''

  get view() {
    const node = this.params.get('node') ?? ''
    return ['processes', { ...(node && { node }), sort: this.#sort, dir: this.#dir, search: this.#search }]
  }

  start() {
    this.#sort = this.params.get('sort') ?? 'queue'
    this.#dir = this.params.get('dir') ?? 'down'
    const search = el('input', {
      type: 'search',
      placeholder: 'Search (/)',
      'aria-label': 'Search processes',
      oninput: () => {
        this.#search = search.value
        this.open()
      },
    })
    this.append(el('div', { class: 'bar' }, search, this.#summary), this.body)
  }

  show({ rows, total, read, found, isCut }) {
    const shown = rows.length < found ? `the first ${rows.length} of ${count(found)}` : count(found)
    const unread = isCut ? ` Only ${count(read)} of ${count(total)} processes were read.` : ''
    this.#summary.textContent = `${count(total)} processes, ${shown} shown.${unread}`
    const focused = this.contains(document.activeElement) && document.activeElement.dataset.key
    fill(
      this.body,
      el(
        'div',
        { class: 'scroll' },
        el(
          'table',
          { class: 'processes' },
          el('thead', {}, el('tr', {}, el('th', {}, 'Pid'), ...COLUMNS.map((column) => this.#head(column)))),
          el('tbody', {}, ...rows.map(row)),
        ),
      ),
    )
    if (focused) this.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
  }

  #head([key, title]) {
    const isSorted = key === this.#sort
    return el(
      'th',
      {
        class: NUMBERS.includes(key) && 'number',
        'aria-sort': isSorted && (this.#dir === 'down' ? 'descending' : 'ascending'),
      },
      el(
        'button',
        {
          type: 'button',
          'data-key': `sort ${key}`,
          onclick: () => {
            this.#dir =
              isSorted && this.#dir === 'down'
                ? 'up'
                : isSorted
                  ? 'down'
                  : NUMBERS.includes(key)
                    ? 'down'
                    : 'up'
            this.#sort = key
            this.open()
          },
        },
        `${title}${isSorted ? (this.#dir === 'down' ? ' ▾' : ' ▴') : ''}`,
      ),
    )
  }
}

function row({ pid, name, label, call, status, queue, memory, reductions, current }) {
  const link = pidLink(pid)
  link.dataset.key = pid.id
  return el(
    'tr',
    {
      class: queue > 100 ? 'busy' : undefined,
      onclick: (event) => {
        if (!event.target.closest('a') && !getSelection().toString()) location.hash = processHref(pid)
      },
    },
    el('td', {}, link),
    el('td', { class: 'name' }, name && el('strong', {}, name), name && ' ', label ?? call),
    el('td', {}, status),
    el('td', { class: 'number' }, count(queue)),
    el('td', { class: 'number' }, bytes(memory)),
    el('td', { class: 'number' }, count(reductions)),
    el('td', { class: 'name' }, current),
  )
}

customElements.define('processes-page', ProcessesPage)
