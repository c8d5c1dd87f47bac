import { type Line, type Session, type Step, shows, showsInAnyOrder, type Who } from './script.ts'
import { asked, selfOf } from './sessions.ts'

// The lesson's Chat, from "Distributed Tasks" to "Testing Distributed Code": three nodes, each with its task supervisor.

const trio: readonly Who[] = ['alex', 'kate', 'moebi']

function says(who: Who, whom: Who, message: string, effect: Pick<Step, 'others'>, ...lines: Line[]): Step {
  return {
    says: `${who} says to ${whom}: ${message}`,
    typed: {
      who,
      types: {
        elixir: `Chat.send_message(:${whom}@localhost, "${message}")`,
        moebi: `await Chat.sendMessage('${whom}@localhost', '${message}')`,
      },
      shows: shows(...lines, ':ok'),
    },
    ...effect,
  }
}

/** Step after which every node lists the two others, in any order. */
function knowsTheOthers(who: Who): Step {
  const [first, second] = trio.filter((other) => other !== who).map((other) => `:${other}@localhost`)
  return {
    says: `${who} knows the two others`,
    typed: {
      who,
      types: asked('Node.list()'),
      shows: shows(new RegExp(`^\\[(?:${first}, ${second}|${second}, ${first})\\]$`)),
      // The nodes are fully connected some time after two of them have connected to the third.
      notYet: [['[]'], [`[${first}]`], [`[${second}]`]],
    },
  }
}

/** Messages of the lesson, for each sender. */
export const chat: Session = {
  title: 'alex, kate and moebi chat',
  members: trio,
  chat: true,
  steps: [
    says('alex', 'kate', 'hi', { others: { kate: shows('hi') } }),
    says('kate', 'alex', 'how are you?', { others: { alex: shows('how are you?') } }),
    says('alex', 'moebi', 'hi', { others: { moebi: shows('hi') } }, 'chicken?'),
    knowsTheOthers('kate'),
    says('kate', 'moebi', 'sit', { others: { moebi: shows('sit') } }, 'chicken?'),
    says('moebi', 'kate', 'woof', { others: { kate: shows('woof') } }),
    says('alex', 'alex', 'note to self', {}, 'note to self'),
    ...trio.map(knowsTheOthers),
    ...trio.map(selfOf),
  ],
}

// Failures. A module `Trouble`, which is defined at every prompt in its language, has functions that the lesson's module has not.
function definesTrouble(who: Who): Step {
  return {
    says: `${who} defines the module Trouble`,
    typed: {
      who,
      types: {
        elixir: `defmodule Trouble do
  def boom do
    raise "boom"
  end
  def slow(ms) do
    IO.puts "asleep"
    Process.sleep(ms)
    IO.puts "awake"
  end
end`,
        moebi: `defmodule('Trouble', {
  boom() { throw new Error('boom') },
  async slow(ms) { IO.puts('asleep'); await sleep(ms); return IO.puts('awake') },
})`,
      },
      shows: shows('{:module, Trouble}'),
    },
  }
}

interface Job {
  readonly fun: 'boom' | 'slow'
  readonly args: string
  readonly linked?: boolean
  /** Timeout of the await in ms; 5,000 unless given. */
  readonly timeout?: number
}

/** Step in which alex awaits a task of `Trouble` on another node. */
function awaits(whom: Who, { fun, args, linked = false, timeout }: Job) {
  const async = linked ? ['async', 'async'] : ['async_nolink', 'asyncNolink']
  const start = {
    elixir: `Task.Supervisor.${async[0]}({Chat.TaskSupervisor, :${whom}@localhost}, Trouble, :${fun}, [${args}])`,
    moebi: `Task.Supervisor.${async[1]}({ name: 'Chat.TaskSupervisor', node: '${whom}@localhost' }, Trouble.${fun}, [${args}])`,
  }
  return {
    elixir: `${start.elixir} |> Task.await(${timeout ?? ''})`,
    moebi: `await Task.await(${start.moebi}${timeout === undefined ? '' : `, ${timeout}`})`,
  }
}

/** Returns the message of a failed await, with the exit reason. */
function awaitedInVain(fun: string, timeout: number, ...why: string[]): string[] {
  const task = `%Task{mfa: {Trouble, :${fun}}, owner: #PID<local>, pid: #PID<remote>, ref: #Reference<…>}`
  return [`** (exit) exited in: Task.await(${task}, ${timeout})`, ...why]
}

const raised = ['** (EXIT) an exception was raised:', '** (RuntimeError) boom']
const crashLog: Pick<Step, 'others' | 'logs'> = {
  others: {
    kate: shows(
      '[error] Task #PID<local> started from #PID<remote> terminating',
      '** (RuntimeError) boom',
      'Function: &Trouble.boom/0',
      'Args: []',
    ),
  },
  // Elixir does not print Erlang's own reports of the same crash.
  logs: {
    kate: [
      /^error (?:\*\* )?Task .*terminating/,
      { maybe: /^error crasher: / },
      { maybe: /^error supervisor: .* errorContext: child_terminated/ },
    ],
  },
}

/** Step in which a message is sent to a node that does not run: the call to its supervisor fails. */
function isNotThere(whom: string, says: string): Step {
  const start = '{:start_task, [{:alex@localhost, #PID<local>, #PID<local>}, :monitor], :temporary, nil}'
  const sentence = [
    `** (exit) exited in: GenServer.call({Chat.TaskSupervisor, :${whom}@localhost}, ${start}, :infinity)`,
    `** (EXIT) no connection to ${whom}@localhost`,
  ]
  return {
    says,
    typed: {
      who: 'alex',
      types: {
        elixir: `Chat.send_message(:${whom}@localhost, "hi")`,
        moebi: `await Chat.sendMessage('${whom}@localhost', 'hi')`,
      },
      shows: {
        elixir: shows(...sentence),
        // Moebi may print a line that names the node that it could not reach, and the reason.
        moebi: showsInAnyOrder({ maybe: new RegExp(`${whom}@localhost.*epmd`, 'i') }, ...sentence),
      },
      fails: true,
    },
  }
}

export const trouble: Session = {
  title: 'what goes wrong is told in the words of Elixir',
  members: trio,
  chat: true,
  steps: [
    isNotThere('nobody', 'alex writes to a node that is not there'),
    ...trio.map(definesTrouble),
    {
      says: 'alex calls a name that is not registered on kate',
      typed: {
        who: 'alex',
        types: {
          elixir: 'GenServer.call({Chat.Nobody, :kate@localhost}, :hi)',
          moebi: `await GenServer.call({ name: 'Chat.Nobody', node: 'kate@localhost' }, atom('hi'))`,
        },
        shows: shows(
          '** (exit) exited in: GenServer.call({Chat.Nobody, :kate@localhost}, :hi, 5000)',
          `** (EXIT) no process: the process is not alive or there's no process currently associated with the given name, possibly because its application isn't started`,
        ),
        fails: true,
      },
    },
    {
      says: 'a task on kate raises, and alex awaits it',
      typed: {
        who: 'alex',
        types: awaits('kate', { fun: 'boom', args: '' }),
        shows: shows(...awaitedInVain('boom, 0', 5000, ...raised)),
        fails: true,
      },
      ...crashLog,
    },
    {
      says: 'a task on kate raises that is linked to the shell of alex, whose evaluator is restarted',
      typed: {
        who: 'alex',
        types: awaits('kate', { fun: 'boom', args: '', linked: true }),
        shows: shows(
          '** (EXIT from #PID<local>) shell process exited with reason: an exception was raised:',
          '** (RuntimeError) boom',
        ),
        fails: true,
      },
      ...crashLog,
    },
    {
      says: 'alex awaits a slow task on kate with a short timeout',
      typed: {
        who: 'alex',
        types: awaits('kate', { fun: 'slow', args: '1000', timeout: 100 }),
        shows: shows(...awaitedInVain('slow, 1', 100, '** (EXIT) time out')),
        fails: true,
      },
      others: { kate: shows('asleep', 'awake') },
    },
    {
      says: 'the late reply is not in the mailbox',
      typed: { who: 'alex', types: asked('flush()'), shows: shows(':ok') },
    },
    ...trio.map(selfOf),
    {
      says: 'alex waits for kate',
      typed: {
        who: 'alex',
        types: awaits('kate', { fun: 'slow', args: '60000', timeout: 20_000 }),
        shows: shows(),
        open: true,
      },
      others: { kate: shows('asleep') },
    },
    {
      says: `kate's operating system process is killed during the task`,
      kills: 'kate',
      answers: 'alex',
      others: {
        alex: shows(...awaitedInVain('slow, 1', 20_000, '** (EXIT) no connection to kate@localhost')),
      },
    },
    {
      says: 'alex waits for moebi, linked to the task',
      typed: {
        who: 'alex',
        types: awaits('moebi', { fun: 'slow', args: '60000', linked: true, timeout: 20_000 }),
        shows: shows(),
        open: true,
      },
      others: { moebi: shows('asleep') },
    },
    {
      says: `moebi's operating system process is killed during the task`,
      kills: 'moebi',
      answers: 'alex',
      others: {
        alex: shows('** (EXIT from #PID<local>) shell process exited with reason: no connection'),
      },
    },
    isNotThere('kate', 'alex writes to kate, who is not there any more'),
    {
      says: 'alex is alone',
      typed: { who: 'alex', types: asked('Node.list()'), shows: shows('[]') },
    },
    selfOf('alex'),
  ],
}
