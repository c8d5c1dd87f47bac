import { count, el, fill, pidLink, problem } from './dom.js'
import { LivePage } from './live-page.js'

class NamesPage extends LivePage {
  body = el('div')

  get view() {
    const node = this.params.get('node') ?? ''
    return ['names', node ? { node } : {}]
  }

  start() {
    this.append(this.body)
  }

  show({ registered, registries, groups, global, workers, zombies, problems }) {
    fill(
      this.body,
      ...problems.map(problem),
      ...part('Registered names', ['Name', 'Process'], registered, ({ name, pid }) => [name, pidLink(pid)]),
      ...part('Registries', ['Name', 'Entries', 'Process'], registries, ({ name, count: size, pid }) => [
        name,
        count(size),
        pidLink(pid),
      ]),
      ...part('Groups of pg', ['Group', 'Members', ''], groups, ({ name, count: size, members }) => [
        name,
        count(size),
        el('span', {}, ...members.flatMap((pid) => [pidLink(pid), ' '])),
      ]),
      ...part('Names of global', ['Name', 'Process'], global, ({ name, pid }) => [name, pidLink(pid)]),
      ...part('Workers', ['Node', 'Process'], workers, ({ node, pid }) => [node, pidLink(pid)]),
      ...part(
        'Processes that have ended while their code runs',
        ['Process', 'Label', 'Reason', 'For'],
        zombies,
        (zombie) => [zombie.pid.text, zombie.label, zombie.reason, `${Math.round(zombie.ms / 1000)} s`],
      ),
    )
  }
}

function part(title, head, list, cells) {
  if (list.length === 0) return []
  return [
    el('h2', {}, title),
    el(
      'div',
      { class: 'scroll' },
      el(
        'table',
        {},
        el('thead', {}, el('tr', {}, ...head.map((text) => el('th', {}, text)))),
        el(
          'tbody',
          {},
          ...list.map((each) => el('tr', {}, ...cells(each).map((cell) => el('td', {}, cell)))),
        ),
      ),
    ),
  ]
}

customElements.define('names-page', NamesPage)
