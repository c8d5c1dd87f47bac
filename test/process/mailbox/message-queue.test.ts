import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MessageQueue } from '../../../src/process/mailbox/message-queue.ts'

test('a message queue holds the same messages as a list, in the same order, whichever are removed', () => {
  const change = fc.oneof(
    { weight: 5, arbitrary: fc.record({ put: fc.integer({ min: 1, max: 40 }) }) },
    {
      weight: 5,
      arbitrary: fc.record({ take: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }) }),
    },
    { weight: 4, arbitrary: fc.constant({ take: 0 }) },
    { weight: 2, arbitrary: fc.constant('priority' as const) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
  )
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const mailbox = new MessageQueue()
      let list: number[] = []
      let next = 0
      let priority = 0
      for (const change of changes) {
        if (change === 'clear') {
          mailbox.clear()
          list = []
          priority = 0
        } else if (change === 'priority') {
          expect(mailbox.insertPriority(next)).toBe(priority)
          list.splice(priority++, 0, next++)
        } else if ('put' in change)
          for (let n = 0; n < change.put; n++) {
            mailbox.push(next)
            list.push(next++)
          }
        else if (list.length > 0) {
          const at = Math.floor(change.take * list.length)
          if (at < priority) priority--
          expect(mailbox.remove(at)).toBe(list.splice(at, 1)[0])
        }
        expect(mailbox.length).toBe(list.length)
        expect(mailbox.toArray()).toEqual(list)
      }
      while (list.length > 0) expect(mailbox.shift()).toBe(list.shift())
      expect(mailbox.length).toBe(0)
    }),
  )
})
