import { count, el, fill, processHref } from './dom.js'
import { LivePage } from './live-page.js'

const ROW = 30
const COLUMN = 230
const WIDTH = 200

/** The supervision trees of a node, drawn from left to right. */
class TreePage extends LivePage {
  body = el('div', { class: 'scroll' })

  get view() {
    const node = this.params.get('node') ?? ''
    return ['tree', node ? { node } : {}]
  }

  start() {
    this.append(this.body)
  }

  show({ trees }) {
    if (trees.length === 0) return fill(this.body, el('p', {}, 'This node has no supervisors.'))
    const drawing = { nodes: [], edges: [], row: 0, depth: 0 }
    for (const tree of trees) place(tree, 0, drawing)
    const width = (drawing.depth + 1) * COLUMN
    const height = drawing.row * ROW + 10
    const focused = document.activeElement?.getAttribute('data-key')
    fill(
      this.body,
      el(
        'svg',
        {
          class: 'tree',
          width,
          height,
          viewBox: `0 0 ${width} ${height}`,
          role: 'group',
          'aria-label': 'Supervision trees',
        },
        ...drawing.edges.map((d) => el('path', { d })),
        ...drawing.nodes,
      ),
    )
    if (focused) this.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
  }
}

/** Adds a node and its children to the drawing. Returns its row. */
function place(node, depth, drawing) {
  drawing.depth = Math.max(drawing.depth, depth)
  const first = drawing.row
  const more = node.count > node.children.length && node.isSupervisor ? node.count - node.children.length : 0
  const rows = node.children.map((child) => place(child, depth + 1, drawing))
  if (more > 0) {
    rows.push(drawing.row)
    drawing.nodes.push(
      el(
        'text',
        { x: (depth + 1) * COLUMN + 6, y: drawing.row * ROW + 20, class: 'more' },
        `${count(more)} children`,
      ),
    )
    drawing.row++
    drawing.depth = Math.max(drawing.depth, depth + 1)
  }
  if (rows.length === 0) drawing.row++
  const row = rows.length === 0 ? first : (rows[0] + rows.at(-1)) / 2
  const [x, y] = [depth * COLUMN, row * ROW + 15]
  for (const to of rows)
    drawing.edges.push(
      `M${x + WIDTH} ${y} C${x + WIDTH + 15} ${y} ${x + COLUMN - 15} ${to * ROW + 15} ${x + COLUMN} ${to * ROW + 15}`,
    )
  drawing.nodes.push(box(node, x, y))
  return row
}

function box(node, x, y) {
  const { pid, id, title, isSupervisor, state, problem, queue } = node
  const name = title ?? id ?? ''
  const told = [
    name,
    id !== undefined && id !== name && `id ${id}`,
    pid?.text,
    state,
    problem,
    queue > 0 && `${count(queue)} messages`,
  ]
  const kind = problem || state ? 'wrong' : isSupervisor ? 'supervisor' : 'worker'
  const drawn = el(
    'g',
    { class: `box ${kind}` },
    el('rect', { x, y: y - 12, width: WIDTH, height: 24, rx: isSupervisor ? 3 : 12 }),
    el('text', { x: x + 8, y: y + 4 }, short(state ? `${name} (${state})` : name)),
    el('title', {}, told.filter(Boolean).join('\n')),
  )
  if (!pid) return drawn
  const link = document.createElementNS('http://www.w3.org/2000/svg', 'a')
  link.setAttribute('href', processHref(pid))
  link.setAttribute('data-key', pid.id)
  link.setAttribute('aria-label', told.filter(Boolean).join(', '))
  link.append(drawn)
  return link
}

function short(text) {
  return text.length > 29 ? `${text.slice(0, 28)}…` : text
}

customElements.define('tree-page', TreePage)
