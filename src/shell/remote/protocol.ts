import { type Atom, atom } from '../../term/index.ts'

// Protocol between a shell on a Moebi node and its terminal on another one. The terminal's process spawns
// moebi_shell:start(Terminal, Options) on the node: the spawned process is the shell. Both send {moebi_shell, Sender, Request}.
//
//   to the terminal   {write, Text}  {read, Id, Prompt, Continuation}  {reprompt, Prompt, Continuation}  discard  close
//                     {completion, Id, From, Candidates}
//   to the shell      {input, Id, Text | eof, Columns}  {complete, Id, Text, Cursor}  interrupt
export const SHELL_MODULE: Atom<'moebi_shell'> = atom('moebi_shell')
export const START: Atom<'start'> = atom('start')
export const WRITE: Atom<'write'> = atom('write')
export const READ: Atom<'read'> = atom('read')
export const REPROMPT: Atom<'reprompt'> = atom('reprompt')
export const DISCARD: Atom<'discard'> = atom('discard')
export const CLOSE: Atom<'close'> = atom('close')
export const INPUT: Atom<'input'> = atom('input')
export const COMPLETE: Atom<'complete'> = atom('complete')
export const COMPLETION: Atom<'completion'> = atom('completion')
export const INTERRUPT: Atom<'interrupt'> = atom('interrupt')
export const EOF: Atom<'eof'> = atom('eof')
