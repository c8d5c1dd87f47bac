import * as moebi from 'moebi'

const { GenServer, reply } = moebi

/** What W2d calls: `{:add, n}` answers the sum. Undefined where moebi has no GenServer yet. */
export const Counter = GenServer?.define({
  init: (start) => start,
  call: { add: (sum, by) => reply(sum + by, sum + by) },
})
