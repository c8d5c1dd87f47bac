import { bytes, count, el, fill, pidLink } from './dom.js'
import { act, openView } from './events.js'
import { LivePage } from './live-page.js'

class ProcessPage extends LivePage {
  body = el('div')
  #state = el('pre', { hidden: true })
  #outcome = el('p', { role: 'status' })
  #trace = el('ol', { class: 'trace' })
  #stopTrace = () => {}
  #buttons = el('div', { class: 'bar' })

  get #target() {
    return { node: this.params.get('node') ?? '', pid: this.params.get('pid') ?? '' }
  }

  get view() {
    return ['process', this.#target]
  }

  start() {
    const button = (title, onclick, props = {}) => el('button', { type: 'button', onclick, ...props }, title)
    this.#buttons.append(
      button('Read state', () => this.#act('state')),
      button('Trace messages', () => this.#startTrace()),
      button('Suspend', () => this.#confirm('suspend')),
      button('Resume', () => this.#act('resume')),
      button('Kill', () => this.#confirm('kill'), { class: 'danger' }),
    )
    this.append(this.body, this.#buttons, this.#outcome, this.#state, this.#trace)
  }

  disconnectedCallback() {
    super.disconnectedCallback()
    this.#stopTrace()
  }

  show(value) {
    const { row, links, monitors, monitoredBy, groupLeader, ancestors, stack, messages, trapExit } = value
    if (value.ended) {
      fill(this.body, el('p', { class: 'problem' }, 'This process has ended.'))
      return
    }
    const part = (title, list) =>
      list.length > 0 && [el('dt', {}, title), el('dd', {}, ...list.flatMap((each) => [pidLink(each), ' ']))]
    const text = (title, shown) => [el('dt', {}, title), el('dd', {}, shown)]
    fill(
      this.body,
      el('h2', {}, row.pid.text, ' ', row.name ?? ''),
      el(
        'dl',
        { class: 'wide' },
        ...text('Node', row.pid.node),
        ...(row.label ? text('Label', row.label) : []),
        ...text('First function', row.call),
        ...text('Status', `${row.status}${row.current ? `: ${row.current}` : ''}`),
        ...text('Messages', count(row.queue)),
        ...text('Memory', bytes(row.memory)),
        ...text('Reductions', count(row.reductions)),
        ...text('Traps exits', trapExit ? 'yes' : 'no'),
        ...[
          part('Group leader', groupLeader ? [groupLeader] : []),
          part('Ancestors', ancestors),
          part('Links', links),
          part('Monitors', monitors),
          part('Monitored by', monitoredBy),
        ]
          .filter(Boolean)
          .flat(),
      ),
      stack.length > 0 && el('h3', {}, 'Where it is'),
      stack.length > 0 && el('pre', {}, stack.join('\n')),
      messages.length > 0 && el('h3', {}, `Mailbox: the first ${messages.length} of ${count(row.queue)}`),
      messages.length > 0 && el('pre', {}, messages.join('\n')),
    )
  }

  async #act(action) {
    this.#outcome.className = ''
    this.#outcome.textContent = 'It is asked.'
    try {
      const text = await act(action, this.#target)
      if (action === 'state') {
        this.#state.textContent = text
        this.#state.hidden = false
      }
      this.#outcome.textContent = action === 'state' ? '' : `${action}: ${text}`
    } catch (error) {
      this.#outcome.className = 'problem'
      this.#outcome.textContent = error.message
    }
  }

  #confirm(action) {
    const what =
      action === 'kill'
        ? 'The process ends at once, and processes that are linked to it get the exit reason killed.'
        : 'The process handles no messages until it is resumed.'
    const dialog = el(
      'dialog',
      { onclose: () => dialog.remove() },
      el(
        'h2',
        {},
        `${action === 'kill' ? 'Kill' : 'Suspend'} ${this.querySelector('h2')?.textContent ?? ''}?`,
      ),
      el('p', {}, what),
      el(
        'div',
        { class: 'bar' },
        el('button', { type: 'button', autofocus: true, onclick: () => dialog.close() }, 'Cancel'),
        el(
          'button',
          {
            type: 'button',
            class: 'danger',
            onclick: () => {
              dialog.close()
              void this.#act(action)
            },
          },
          action === 'kill' ? 'Kill it' : 'Suspend it',
        ),
      ),
    )
    this.append(dialog)
    dialog.showModal()
  }

  #startTrace() {
    this.#stopTrace()
    const filter = el('input', {
      type: 'search',
      placeholder: 'Only messages with this text',
      'aria-label': 'Filter of the trace',
      oninput: () => {
        for (const item of this.#trace.children) item.hidden = !isShown(item)
      },
    })
    const isShown = ({ textContent }) => textContent.toLowerCase().includes(filter.value.toLowerCase())
    const stop = el('button', { type: 'button', onclick: () => this.#stopTrace() }, 'Stop the trace')
    const bar = el('div', { class: 'bar' }, filter, stop)
    fill(this.#trace)
    this.#trace.before(bar)
    const close = openView('trace', this.#target, ({ time, kind, text }) => {
      const item = el(
        'li',
        { class: kind },
        el('time', {}, new Date(time).toLocaleTimeString()),
        ` ${kind}: ${text}`,
      )
      item.hidden = !isShown(item)
      this.#trace.append(item)
      if (kind === 'ended') this.#stopTrace()
    })
    this.#stopTrace = () => {
      close()
      bar.remove()
    }
  }
}

customElements.define('process-page', ProcessPage)
