import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { advanceCursor } from '../../../src/shell/terminal/cursor-position.ts'
import { Editor } from '../../../src/shell/terminal/editor.ts'
import { highlight } from '../../../src/shell/terminal/highlight.ts'
import { pressKey } from '../../../src/shell/terminal/key-bindings.ts'
import { type Key, KeyParser } from '../../../src/shell/terminal/key-parser.ts'

function keys(text: string): Key[] {
  const pressed: Key[] = []
  new KeyParser((key) => pressed.push(key)).feed(text)
  return pressed
}

function edited(typed: string): string {
  const editor = new Editor()
  for (const key of keys(typed)) pressKey(editor, key)
  return `${editor.text.slice(0, editor.cursor)}|${editor.text.slice(editor.cursor)}`
}

test('the name of a key contains its modifiers', () => {
  expect(keys('aé\x01\x1b[D\x1b[1;5C\x1bb\x7f\x1f\x1b\r\t').map(({ chord }) => chord)).toEqual([
    'a',
    'é',
    'C-a',
    'left',
    'C-right',
    'M-b',
    'backspace',
    'C-_',
    'M-return',
    'tab',
  ])
})

test('keys cut words, move over them and paste them', () => {
  expect(edited('one two-three\x17')).toBe('one |')
  expect(edited('one two.three\x1b\x7f')).toBe('one two.|')
  expect(edited('one two\x17\x01\x19')).toBe('two|one ')
  expect(edited('one two\x1bb\x0b')).toBe('one |')
  expect(edited('ab\x14')).toBe('ba|')
  expect(edited('one two\x15\x1f')).toBe('one two|')
})

test('a grapheme is deleted and moved over as one character', () => {
  expect(edited('a👩‍👩‍👧\x7f')).toBe('a|')
  expect(edited('ae\u0301\x1b[D')).toBe('a|e\u0301')
})

test('highlighting changes no text', () => {
  expect(highlight("const x = 'a' // b").join('')).toContain('\x1b[34mconst')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
      const lines = highlight(text.replaceAll('\x1b', ''))
      expect(lines.map(stripVTControlCharacters).join('\n')).toBe(
        stripVTControlCharacters(text.replaceAll('\x1b', '')),
      )
    }),
    { numRuns: 500 },
  )
})

test('a regular expression is told from a division, and a quote in it begins no string', () => {
  expect(highlight("/'/.test(x); 4 / 2 / 1")[0]).not.toContain("\x1b[32m'")
  expect(highlight('a / b / c')[0]).toBe('a / b / c')
})

test('wide characters take two columns, and wrap where only one is left', () => {
  expect(advanceCursor('abc', 10)).toEqual({ row: 0, column: 3 })
  expect(advanceCursor('abcdefghij', 10)).toEqual({ row: 1, column: 0 })
  expect(advanceCursor('日本語', 5)).toEqual({ row: 1, column: 2 })
  expect(advanceCursor('e\u0301', 10)).toEqual({ row: 0, column: 1 })
})
