import type { Editor } from './editor.ts'
import type { Key } from './key-parser.ts'
import { blankDelimitedStart, graphemeEnd, graphemeStart, wordEnd, wordStart } from './text-boundaries.ts'

/** Runs the command of a key in an editor, or inserts its text. Returns false for a key that is not for editing. */
export function pressKey(editor: Editor, key: Key): boolean {
  const command = KEY_BINDINGS.get(key.chord)
  if (command) {
    command(editor)
    return true
  }
  if (key.text === '') return false
  editor.insert(key.text)
  return true
}

/** Editing commands by key: the bindings of Emacs and the arrow keys. */
const KEY_BINDINGS: ReadonlyMap<string, (editor: Editor) => void> = new Map([
  ['left', (editor) => editor.left()],
  ['C-b', (editor) => editor.left()],
  ['right', (editor) => editor.right()],
  ['C-f', (editor) => editor.right()],
  ['C-left', (editor) => editor.wordLeft()],
  ['M-left', (editor) => editor.wordLeft()],
  ['M-b', (editor) => editor.wordLeft()],
  ['C-right', (editor) => editor.wordRight()],
  ['M-right', (editor) => editor.wordRight()],
  ['M-f', (editor) => editor.wordRight()],
  ['home', (editor) => toLineStart(editor)],
  ['C-a', (editor) => toLineStart(editor)],
  ['end', (editor) => toLineEnd(editor)],
  ['C-e', (editor) => toLineEnd(editor)],
  ['backspace', (editor) => editor.delete(graphemeStart(editor.text, editor.cursor), editor.cursor)],
  ['C-h', (editor) => editor.delete(graphemeStart(editor.text, editor.cursor), editor.cursor)],
  ['delete', (editor) => editor.delete(editor.cursor, graphemeEnd(editor.text, editor.cursor))],
  ['C-d', (editor) => editor.delete(editor.cursor, graphemeEnd(editor.text, editor.cursor))],
  ['C-w', (editor) => editor.kill(blankDelimitedStart(editor.text, editor.cursor), editor.cursor)],
  ['M-backspace', (editor) => editor.kill(wordStart(editor.text, editor.cursor), editor.cursor)],
  ['M-d', (editor) => editor.kill(editor.cursor, wordEnd(editor.text, editor.cursor))],
  ['C-u', (editor) => editor.kill(editor.lineStart, editor.cursor)],
  ['C-k', (editor) => editor.kill(editor.cursor, editor.lineEnd)],
  ['C-y', (editor) => editor.yank()],
  ['C-t', (editor) => editor.transpose()],
  ['C-_', (editor) => editor.undo()],
] satisfies [string, (editor: Editor) => void][])

function toLineStart(editor: Editor): void {
  editor.cursor = editor.lineStart
}

function toLineEnd(editor: Editor): void {
  editor.cursor = editor.lineEnd
}
