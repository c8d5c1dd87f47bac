import { requireProcess } from '../../process/index.ts'
import { Atom, atom, charlist, isTuple, type Pid, Reference, type Term, tuple } from '../../term/index.ts'
import type { ToolHost } from './host.ts'

const ETS = atom('ets') as Atom
const WORD = 8
/** Rows in one message of a table. */
const AT_ONCE = 500

const ask = async ({ kernel }: ToolHost, name: string, ...args: Term[]): Promise<Term> =>
  (await kernel.apply(ETS, Atom.intern(name), args)) as Term

/** `observer_backend:get_table_list/2`: the tables of evaluated code. Mnesia does not exist here. */
export async function tableList(host: ToolHost, kind: Term, options: Term): Promise<Term> {
  if (kind !== ETS)
    return tuple(atom('error'), charlist(`Mnesia is not running on: ${host.kernel.name.name}`))
  const hidesUnread = !isOff(options, 'unread_hidden')
  const all = (await ask(host, 'all')) as readonly Term[]
  const infos = await Promise.all(all.map((id) => ask(host, 'info', id)))
  return infos.flatMap((info) => {
    // A table that was deleted meanwhile has no information.
    if (!Array.isArray(info)) return []
    const item = new Map(
      info.filter(isTuple).map(({ elements }) => [String(elements[0]), elements[1] as Term]),
    )
    if (hidesUnread && item.get('protection') === atom('private')) return []
    const owner = host.kernel.process(item.get('owner') as Pid)
    const own = (name: string): Term => tuple(atom(name), item.get(name))
    return [
      [
        own('name'),
        tuple(atom('id'), item.get('named_table') === true ? atom('ignore') : item.get('id')),
        own('protection'),
        own('owner'),
        own('size'),
        tuple(atom('reg_name'), owner?.registeredName ?? atom('ignore')),
        own('type'),
        own('keypos'),
        tuple(atom('heir'), item.get('heir') ?? atom('none')),
        tuple(atom('memory'), Number(item.get('memory') ?? 0) * WORD),
        tuple(atom('compressed'), false),
        tuple(atom('fixed'), false),
      ],
    ]
  })
}

function isOff(options: Term, name: string): boolean {
  const list = Array.isArray(options) ? (options as readonly Term[]) : []
  return list.some(
    (option) => isTuple(option) && option.elements[0] === atom(name) && option.elements[1] === false,
  )
}

/** `observer_backend:get_table/3`: sends the rows of a table, then `$end_of_table`, to a process that is linked meanwhile. */
export async function sendTable(host: ToolHost, to: Pid, table: Term, kind: Term): Promise<Pid> {
  const { kernel } = host
  const readable = kind === ETS && (table instanceof Atom || table instanceof Reference)
  const sender = kernel.spawn(async () => {
    const { pid, links } = requireProcess('observer_backend:get_table')
    links.link(to)
    const found = readable ? await ask(host, 'info', table, atom('protection')) : undefined
    const hidden = found === undefined || found === atom('undefined') || found === atom('private')
    const rows = hidden ? [] : [...((await ask(host, 'tab2list', table)) as readonly Term[])]
    while (rows.length > 0)
      kernel.send(
        pid,
        to,
        tuple(
          pid,
          rows.splice(0, AT_ONCE).map((row) => [row]),
        ),
      )
    kernel.send(pid, to, tuple(pid, atom('$end_of_table')))
  })
  return sender.pid
}
