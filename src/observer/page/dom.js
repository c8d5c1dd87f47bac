// Elements are made here, and text from nodes is only ever set as text.

/**
 * Returns an element.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [props] attributes; `onclick` and other functions are listeners; undefined and false are left out
 * @param {...(Node | string | number | null | undefined | false)} children texts and nodes
 */
export function el(tag, props = {}, ...children) {
  const svg = ['svg', 'g', 'path', 'rect', 'text', 'circle', 'title'].includes(tag)
  const element = svg
    ? document.createElementNS('http://www.w3.org/2000/svg', tag)
    : document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === false || value === null) continue
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false))
  return element
}

export function fill(element, ...children) {
  element.replaceChildren(
    ...children.filter((child) => child !== null && child !== undefined && child !== false),
  )
}

export function bytes(count) {
  if (count === undefined || count === null) return '–'
  if (count < 1024) return `${count} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  let value = count
  let unit = -1
  do {
    value /= 1024
    unit++
  } while (value >= 1024 && unit < units.length - 1)
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

export function count(value) {
  return value === undefined || value === null ? '–' : value.toLocaleString('en')
}

export function duration(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`
}

/** Returns a link to the page of a process. A process that is known by a name only is text. */
export function pidLink(pid) {
  if (!pid) return ''
  if (!pid.id) return el('code', {}, pid.text)
  return el('a', { href: processHref(pid), class: 'pid' }, pid.text)
}

export function processHref(pid) {
  return `#process?${new URLSearchParams({ node: pid.node, pid: pid.id })}`
}

export function problem(text) {
  return el('p', { class: 'problem', role: 'alert' }, text)
}
