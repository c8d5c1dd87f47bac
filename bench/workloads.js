// What is measured, by the names of the workloads. `least` is the ratio to a BEAM pair below which we are too slow.

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {string} says
 * @property {string} kind what both sides run
 * @property {number} count operations that are timed
 * @property {number} warm operations before those
 * @property {number} concurrent processes that ask at a time
 * @property {boolean} pinned both ends on one core; the BEAM then has one scheduler that does not spin
 * @property {string} [sink] how Moebi's process takes its messages
 * @property {string} [needs] what moebi must export
 * @property {boolean} [local] within one node: there is a client and no server
 * @property {'bytes'} [unit] what a process takes, in place of operations a second
 * @property {number} [least]
 * @property {number} [most] for bytes
 */

const call = (concurrent, count, least) => ({
  name: `W2d ${concurrent}`,
  says: `GenServer.call {add, 1}, ${concurrent} ${concurrent === 1 ? 'caller' : 'callers'}, one core`,
  kind: 'call',
  count,
  warm: Math.ceil(count / 5),
  concurrent,
  pinned: true,
  needs: 'GenServer',
  least,
})

const task = (concurrent, count, least) => ({
  name: `W2e ${concurrent}`,
  says: `Task.Supervisor.async and await, ${concurrent} in flight`,
  kind: 'task',
  count,
  warm: Math.ceil(count / 5),
  concurrent,
  pinned: false,
  needs: 'Task',
  least,
})

const local = (name, says, kind, count, bound) => ({
  name,
  says,
  kind,
  count,
  // What is measured is how it goes on, and code is compiled anew for two seconds.
  warm: kind === 'idle' || kind === 'servers' ? 1_000 : count,
  concurrent: 1,
  pinned: false,
  local: true,
  ...bound,
})

const oneway = { kind: 'oneway', count: 1_000_000, warm: 200_000, concurrent: 1, pinned: false, least: 1.5 }

/** @type {Workload[]} */
export const workloads = [
  local('W1a', 'ring of 1,000 servers, one number', 'ring', 5_000_000, { least: 1.2 }),
  local('W1a async', 'ring of 1,000 functions, receive()', 'asyncRing', 1_000_000),
  local('W1b', 'ping-pong of two servers', 'pingpong', 2_000_000, { least: 1.5 }),
  local('W1b async', 'ping-pong of two functions, receive(on(…))', 'asyncPingpong', 300_000),
  local('W1c', 'spawn, exit and :DOWN', 'exits', 1_000_000, { least: 1.5 }),
  local('W1d', 'GenServer.call {add, 1}, one caller', 'calls', 2_000_000, { least: 2.0 }),
  local('W1e', 'an idle GenServer', 'servers', 100_000, { unit: 'bytes', most: 0.3 }),
  local('W1e async', 'an idle process, receive()', 'idle', 100_000, { unit: 'bytes', most: 0.7 }),
  {
    name: 'W2a',
    says: 'ping-pong with a registered process, one core',
    kind: 'pingpong',
    count: 20_000,
    warm: 5_000,
    concurrent: 1,
    pinned: true,
    least: 0.4,
  },
  { name: 'W2b', says: 'one way, 16 bytes, receive(on(…))', sink: 'patterns', ...oneway },
  { name: 'W2b any', says: 'one way, 16 bytes, receive()', sink: 'any', ...oneway },
  call(1, 15_000),
  call(16, 48_000),
  call(256, 102_400, 2.0),
  task(1, 3_000),
  task(64, 32_000, 1.5),
]
