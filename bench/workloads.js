// Workloads that are measured. `least` is the minimum ratio of Moebi's rate to that of a BEAM pair.

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {string} says
 * @property {string} kind name of the program that both sides run
 * @property {number} count number of measured operations
 * @property {number} warm number of operations before the measurement
 * @property {number} concurrent number of client processes at the same time
 * @property {boolean} pinned whether both sides run on one core; the BEAM then has one scheduler that does not spin
 * @property {string} [sink] how Moebi's process receives its messages
 * @property {string} [needs] export of moebi without which the workload is left out
 * @property {boolean} [tls] whether the nodes use TLS
 * @property {boolean} [local] whether the workload runs within one node, without a server
 * @property {'bytes'} [unit] set where the result is the memory of one process, in place of operations per second
 * @property {number} [least]
 * @property {number} [most] maximum ratio, for bytes
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
  // The steady state is measured: V8 recompiles code during the first two seconds.
  warm: kind === 'idle' || kind === 'servers' ? 1_000 : count,
  concurrent: 1,
  pinned: false,
  local: true,
  ...bound,
})

const oneway = { kind: 'oneway', count: 1_000_000, warm: 200_000, concurrent: 1, pinned: false, least: 1.5 }

const overTls = (workload, least) => ({
  ...workload,
  name: `${workload.name} TLS`,
  says: `${workload.says}, TLS`,
  tls: true,
  least,
})

/** @type {Workload[]} */
export const workloads = [
  local('W1a', 'ring of 1,000 servers, one number', 'ring', 5_000_000, { least: 1.2 }),
  local('W1a async', 'ring of 1,000 functions, receive()', 'asyncRing', 1_000_000),
  local('W1b', 'ping-pong of two servers', 'pingpong', 2_000_000, { least: 1.5 }),
  local('W1b async', 'ping-pong of two functions, receive(on(…))', 'asyncPingpong', 300_000),
  local('W1b new', 'the same, clauses made at each call', 'newClauses', 300_000),
  local('W1c', 'spawn, exit and :DOWN', 'exits', 1_000_000, { least: 1.5 }),
  local('W1d', 'GenServer.call {add, 1}, one caller', 'calls', 2_000_000, { least: 2.0 }),
  local('W1f', 'an answer with a fresh reference, empty mailbox', 'freshRef0', 300_000),
  local('W1f full', 'the same beside 1,000,000 other messages', 'freshRef1M', 300_000),
  local('W1g', 'ring of 10 servers', 'ring10', 3_000_000),
  local('W1g many', 'ring of 100,000 servers', 'ring100k', 3_000_000),
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
  overTls({ name: 'W2b', says: 'one way, 16 bytes, receive(on(…))', sink: 'patterns', ...oneway }, 0.9),
  { name: 'W2b any', says: 'one way, 16 bytes, receive()', sink: 'any', ...oneway },
  call(1, 15_000),
  call(16, 48_000),
  call(256, 102_400, 2.0),
  overTls(call(1, 10_000), 0.9),
  overTls(call(16, 32_000), 0.9),
  overTls(call(256, 102_400), 0.9),
  task(1, 3_000),
  task(64, 32_000, 1.5),
]
