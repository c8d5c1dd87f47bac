import { atom } from 'moebi'
import { expect, test } from 'vitest'
import * as Chat from '../src/chat.ts'

test('sendMessage', async () => {
  expect(await Chat.sendMessage('moebi@localhost', 'hi')).toBe(atom('ok'))
})
