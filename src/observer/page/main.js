import './nodes-page.js'
import './processes-page.js'
import './process-page.js'
import './tree-page.js'
import './names-page.js'
import './crashes-page.js'
import { el, fill } from './dom.js'
import { openView } from './events.js'

const PAGES = [
  ['nodes', 'Nodes'],
  ['processes', 'Processes'],
  ['tree', 'Tree'],
  ['names', 'Names'],
  ['crashes', 'Crashes'],
]

// The cookie has the token now.
if (new URLSearchParams(location.search).has('token')) history.replaceState(null, '', `/${location.hash}`)

const main = document.querySelector('main')
const nav = document.querySelector('nav')
const select = document.querySelector('#node')
let nodes = []
let unread = 0
/** Number of the last report that was counted. The server sends all again to a browser that has connected again. */
let counted = 0

/** Returns the page and its parameters, from the part of the address behind `#`. */
export function route() {
  const [page = '', query = ''] = location.hash.slice(1).split('?')
  const params = new URLSearchParams(query)
  if (!params.has('node') && select.value) params.set('node', select.value)
  return { page: page || 'nodes', params }
}

function show() {
  const { page, params } = route()
  if (page === 'crashes') unread = 0
  const name = customElements.get(`${page}-page`) ? page : 'nodes'
  const element = document.createElement(`${name}-page`)
  element.params = params
  // The old page closes its view when it is removed.
  fill(main, element)
  const node = params.get('node')
  if (node && nodes.some((each) => each.name === node)) select.value = node
  showNavigation()
}

function showNavigation() {
  const { page } = route()
  const current = page === 'process' ? 'processes' : page
  fill(
    nav,
    ...PAGES.map(([name, title], index) =>
      el(
        'a',
        {
          href: `#${name}${select.value && !['nodes', 'crashes'].includes(name) ? `?${new URLSearchParams({ node: select.value })}` : ''}`,
          'aria-current': name === current && 'page',
          title: `Key ${index + 1}`,
        },
        title,
        name === 'crashes' && unread > 0 && el('span', { class: 'badge' }, unread),
      ),
    ),
  )
}

function showNodes(value) {
  if (value.nodes) {
    const before = select.value
    nodes = value.nodes
    const names = nodes.map(({ name }) => name)
    const shown = [...select.options].map(({ value: name }) => name)
    if (JSON.stringify(names) !== JSON.stringify(shown)) {
      fill(select, ...names.map((name) => el('option', { value: name }, name)))
      const wanted = new URLSearchParams(location.hash.split('?')[1]).get('node') ?? before
      select.value = names.includes(wanted) ? wanted : (value.self ?? names[0])
      showNavigation()
    }
  }
  document.dispatchEvent(new CustomEvent('cluster', { detail: value }))
}

select.addEventListener('change', () => {
  const { page } = route()
  const perNode = ['processes', 'tree', 'names']
  location.hash = `${perNode.includes(page) ? page : 'processes'}?${new URLSearchParams({ node: select.value })}`
})
window.addEventListener('hashchange', show)
window.addEventListener('keydown', (event) => {
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.target.closest('input, select, textarea, dialog')
  )
    return
  const page = PAGES[Number(event.key) - 1]
  if (page) [...nav.children][Number(event.key) - 1].click()
  if (event.key === '/') {
    const search = main.querySelector('input[type=search]')
    if (search) event.preventDefault()
    search?.focus()
  }
})

openView('nodes', {}, showNodes)
openView('crashes', {}, (value) => {
  const added = value.reports.filter(({ number }) => number > counted)
  counted = added.at(-1)?.number ?? counted
  if (route().page !== 'crashes') unread += added.length
  document.dispatchEvent(new CustomEvent('crashes', { detail: value }))
  showNavigation()
})
show()
