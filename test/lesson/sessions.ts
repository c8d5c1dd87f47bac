import {
  type PerRole,
  type Role,
  type Session,
  type Shown,
  type Step,
  shows,
  showsInAnyOrder,
  type Who,
} from './script.ts'

// Sessions of the lesson. An expectation is written once for all casts where the text is the same. Pids are compared as
// #PID<local> and #PID<remote> (see transcript.ts). Where Moebi is kate and Elixir is alex, a function is called by name
// and not sent.

const kateDefined: Step = {
  says: 'kate defines the module Kate',
  typed: {
    who: 'kate',
    types: {
      elixir: `defmodule Kate do
  def say_name do
    IO.puts "Hi, my name is Kate"
  end
end`,
      moebi: `defmodule('Kate', { sayName() { IO.puts('Hi, my name is Kate') } })`,
    },
    shows: shows('{:module, Kate}'),
  },
}

/** Step in which both print their names: a pane that has printed unexpected lines before differs here. */
const bothAnswer: readonly Step[] = [selfOf('alex'), selfOf('kate')]

export function selfOf(who: Who): Step {
  return {
    says: `${who} is still there`,
    typed: { who, types: asked('Node.self()'), shows: shows(`:${who}@localhost`) },
  }
}

export function asked(text: string): Record<Role, string> {
  return { elixir: text, moebi: text }
}

function lists(who: Who, names: string): Step {
  return { says: `${who} lists its nodes`, typed: { who, types: asked('Node.list()'), shows: shows(names) } }
}

function pings(who: Who, whom: Who, shown: PerRole<Shown>): Step {
  return {
    says: `${who} pings ${whom}`,
    typed: {
      who,
      types: { elixir: `Node.ping(:${whom}@localhost)`, moebi: `Node.ping('${whom}@localhost')` },
      shows: shown,
    },
  }
}

function refuses(who: Who, whom: Who): Pick<Step, 'others' | 'logs'> {
  return {
    others: {
      [who]: {
        elixir: shows(
          `[error] ** Connection attempt from node :${whom}@localhost rejected. Invalid challenge reply. **`,
        ),
        moebi: shows(new RegExp(`${whom}@localhost.*cookie`, 'i')),
      },
    },
    logs: {
      [who]: [/^error \*\* Connection attempt from node .* rejected\. Invalid challenge reply\. \*\*/],
    },
  }
}

/** A node of Elixir that cannot connect prints nothing; Moebi may print a line with the node and the reason. */
function inVain(whom: Who, why: 'cookie' | 'epmd', answer: string): PerRole<Shown> {
  return {
    elixir: shows(answer),
    moebi: showsInAnyOrder({ maybe: new RegExp(`${whom}@localhost.*${why}`, 'i') }, answer),
  }
}

export const spawnLink: Session = {
  title: 'a function spawned on kate prints at alex',
  steps: [
    kateDefined,
    {
      says: 'alex spawns Kate.say_name on kate; the group leader is at alex, so kate stays silent',
      typed: {
        who: 'alex',
        types: {
          elixir: 'Node.spawn_link(:kate@localhost, fn -> Kate.say_name end)',
          moebi: `Node.spawnLink('kate@localhost', () => Kate.sayName())`,
        },
        shows: showsInAnyOrder('Hi, my name is Kate', '#PID<remote>'),
      },
    },
    ...bothAnswer,
  ],
}

export const receiveAndSend: Session = {
  title: 'a process on kate answers what alex sends',
  steps: [
    kateDefined,
    {
      says: 'alex spawns a process on kate that waits for {:hi, pid}',
      typed: {
        who: 'alex',
        types: {
          elixir: `pid = Node.spawn_link :kate@localhost, fn ->
  receive do
    {:hi, alex_node_pid} -> send alex_node_pid, :sup?
  end
end`,
          moebi: `const pid = await Node.spawnLink('kate@localhost', () => receive(on([atom('hi'), _.pid], ([, from]) => send(from, atom('sup?')))))`,
        },
        shows: { elixir: shows('#PID<remote>'), moebi: shows({ maybe: '#PID<remote>' }) },
      },
    },
    {
      says: 'alex looks at the pid',
      typed: { who: 'alex', types: asked('pid'), shows: shows('#PID<remote>') },
    },
    {
      says: 'alex sends {:hi, self()} to it',
      typed: {
        who: 'alex',
        types: { elixir: 'send(pid, {:hi, self()})', moebi: `send(pid, tuple(atom('hi'), self()))` },
        shows: shows('{:hi, #PID<local>}'),
      },
    },
    {
      says: 'the answer is in the mailbox of alex',
      typed: { who: 'alex', types: asked('flush()'), shows: shows(':sup?', ':ok'), notYet: [[':ok']] },
    },
    ...bothAnswer,
  ],
}

export const sharedCookie: Session = {
  title: 'a cookie given to both lets them meet',
  cookies: { alex: 'secret_token', kate: 'secret_token' },
  steps: [
    {
      says: 'alex connects to kate',
      typed: {
        who: 'alex',
        types: { elixir: 'Node.connect(:kate@localhost)', moebi: `Node.connect('kate@localhost')` },
        shows: shows('true'),
      },
    },
    lists('alex', '[:kate@localhost]'),
    lists('kate', '[:alex@localhost]'),
    pings('kate', 'alex', shows(':pong')),
    ...bothAnswer,
  ],
}

export const wrongCookie: Session = {
  title: 'another cookie is refused, and the refusing side says whom',
  cookies: { alex: 'secret_token', kate: 'another_token' },
  steps: [
    {
      says: 'alex connects to kate and is refused',
      typed: {
        who: 'alex',
        types: { elixir: 'Node.connect(:kate@localhost)', moebi: `Node.connect('kate@localhost')` },
        shows: inVain('kate', 'cookie', 'false'),
      },
      ...refuses('kate', 'alex'),
    },
    { ...pings('alex', 'kate', inVain('kate', 'cookie', ':pang')), ...refuses('kate', 'alex') },
    { ...pings('kate', 'alex', inVain('alex', 'cookie', ':pang')), ...refuses('alex', 'kate') },
    lists('alex', '[]'),
    lists('kate', '[]'),
    ...bothAnswer,
  ],
}

export const killedNode: Session = {
  title: 'alex lists, pings and monitors kate, and hears of her end',
  steps: [
    lists('alex', '[]'),
    pings('alex', 'kate', shows(':pong')),
    lists('alex', '[:kate@localhost]'),
    lists('kate', '[:alex@localhost]'),
    {
      says: 'alex monitors the node kate',
      typed: {
        who: 'alex',
        types: {
          elixir: 'Node.monitor(:kate@localhost, true)',
          moebi: `Node.monitor('kate@localhost', true)`,
        },
        shows: shows('true'),
      },
    },
    ...bothAnswer,
    { says: `kate's operating system process is killed`, kills: 'kate' },
    {
      says: 'alex receives {:nodedown, :kate@localhost}',
      typed: {
        who: 'alex',
        types: asked('flush()'),
        shows: shows('{:nodedown, :kate@localhost}', ':ok'),
        notYet: [[':ok']],
      },
    },
    lists('alex', '[]'),
    pings('alex', 'kate', inVain('kate', 'epmd', ':pang')),
    selfOf('alex'),
  ],
}

export const sessions: readonly Session[] = [spawnLink, receiveAndSend, sharedCookie, wrongCookie, killedNode]
