import { expect, test } from 'vitest'
import { nestModules } from '../../src/shell/nest-modules.ts'

test('a module with a dot in its name is a property of the name before the dot', () => {
  const [Chat, Room, Web] = [{ say: 1 }, { enter: 2 }, { serve: 3 }]
  expect(nestModules({ Chat })).toEqual({ Chat })
  expect(nestModules({ Chat }).Chat).toBe(Chat)
  expect(nestModules({ 'Chat.Room': Room, Chat, 'Chat.Room.Web': Web })).toEqual({
    Chat: { say: 1, Room: { enter: 2, Web: { serve: 3 } } },
  })
  expect(Chat).toEqual({ say: 1 })
})
