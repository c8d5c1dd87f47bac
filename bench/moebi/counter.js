import * as moebi from 'moebi'

const { GenServer, reply } = moebi

/** Server of W2d: the reply to `{:add, n}` is the sum. Undefined where moebi exports no GenServer. */
export const Counter = GenServer?.define({
  init: (start) => start,
  call: { add: (sum, by) => reply(sum + by, sum + by) },
})
