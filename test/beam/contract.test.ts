import { describe } from 'vitest'
import { keepsItsPromises } from '../gen/contract.ts'
import { furnish } from './elixir-office.ts'
import { Meeting } from './node-meeting.ts'

// The tests of test/gen/contract.test.ts, with Elixir's own behaviours on the other node.
describe('on a real node', () => {
  keepsItsPromises(async () => {
    const meeting = await Meeting.start()
    // The log may contain the crashes of the tests, and no process may wait for an answer.
    meeting.mayLog.push(/^error (\*\* )?(Task|GenServer|Generic server) .*terminating/, /^error crasher: /)
    meeting.mayLog.push(/^error supervisor: .* errorContext: (child_terminated|shutdown_error)/)
    meeting.mayLog.push(/^error Supervisor: .* Context: (child_terminated|shutdown)\. /)
    const alex = await meeting.moebi('alex')
    const kate = await meeting.elixir('kate')
    await furnish(kate)
    return {
      here: alex.node.kernel,
      node: kate.name,
      open: async () => void (await kate.evaluate('Office.open()')),
      processes: async () => Number(await kate.evaluate('length(Process.list())')),
      [Symbol.asyncDispose]: async () => {
        await using _ = meeting
        await meeting.check()
      },
    }
  })
})
