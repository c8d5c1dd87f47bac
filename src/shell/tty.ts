import type { ReadStream, WriteStream } from 'node:tty'
import { captureOutput } from './capture-output.ts'
import { Editor } from './editor.ts'
import { History } from './history.ts'
import { inColumns } from './in-columns.ts'
import { type Key, Keys } from './keys.ts'
import { Screen } from './screen.ts'
import { Search } from './search.ts'
import type { Completion, Question, Terminal } from './terminal.ts'

export interface TtyOptions {
  readonly input: ReadStream
  readonly output: WriteStream
  readonly colors: boolean
  readonly history: History
}

/** Somebody who waits for what is typed: a line for a program, or an input for the shell. */
interface Read {
  prompt: string
  continuation: string
  readonly question: Question | undefined
  readonly resolve: (text: string | undefined) => void
}

const CTRL_C = '\x03'
/** Tells the terminal to say where a paste begins and ends, and not to do so any more. */
const PASTE_ON = '\x1b[?2004h'
const PASTE_OFF = '\x1b[?2004l'
const NO_HISTORY = new History(undefined)
/** More candidates than this are counted, not listed. */
const MOST_CANDIDATES = 200

/**
 * A terminal with somebody at it. What comes while something is typed is printed above it, whoever prints it.
 *
 * What is typed while nobody reads waits, and is shown behind the next prompt, so that pasted lines look as if typed.
 */
export class Tty implements Terminal {
  readonly interactive = true
  readonly colors: boolean
  readonly #input: ReadStream
  readonly #output: WriteStream
  readonly #history: History
  readonly #print: (text: string) => void
  readonly #restore: () => void
  #keys = this.#newKeys()
  readonly #editor = new Editor()
  readonly #screen: Screen
  readonly #redraw = (): void => this.#show()
  #interrupt: () => void = () => this.#early++
  /** How often somebody interrupted before there was anything to interrupt. */
  #early = 0
  #reads: Read[] = []
  #active: Read | undefined
  /** Keys that were pressed and not handled yet. */
  #waiting: Key[] = []
  /** What stands in the line of the cursor: a prompt goes behind it. */
  #tail = ''
  #hidden = false
  #inputEnded = false
  /** An answer of the shell is waited for, and keys with it. */
  #asking: object | undefined
  #pasting = false
  #search: Search | undefined
  /** Which entry of the history is shown, and what was typed before. */
  #recalled = Number.POSITIVE_INFINITY
  #typed = ''

  constructor({ input, output, colors, history }: TtyOptions) {
    this.#input = input
    this.#output = output
    this.colors = colors
    this.#history = history
    const write = output.write.bind(output)
    this.#print = (text) => void write(text)
    this.#screen = new Screen(this.#print, () => ({ columns: this.columns, rows: this.rows }))
    this.#restore = captureOutput((text) => this.write(text))
    input.setRawMode(true)
    input.setEncoding('utf8')
    input.on('data', (text) => this.#take(String(text)))
    input.on('end', () => {
      this.#inputEnded = true
      this.#feed()
    })
    output.on('resize', this.#redraw)
    input.resume()
  }

  get columns(): number {
    return this.#output.columns || 80
  }

  get rows(): number {
    return this.#output.rows || 24
  }

  write(text: string): void {
    if (text === '') return
    if (this.#active && !this.#hidden) this.#hide()
    this.#print(text)
    const end = text.lastIndexOf('\n')
    this.#tail = end < 0 ? this.#tail + text : text.slice(end + 1)
  }

  readLine(prompt: string): Promise<string | undefined> {
    return this.#read(prompt, '', undefined).then((text) => (text === undefined ? undefined : `${text}\n`))
  }

  readInput(question: Question): Promise<string | undefined> {
    return this.#read(question.prompt, question.continuation, question)
  }

  reprompt(prompt: string, continuation: string): void {
    if (!this.#active) return
    this.#active.prompt = prompt
    this.#active.continuation = continuation
    this.#show()
  }

  onInterrupt(interrupt: () => void): void {
    this.#interrupt = interrupt
    for (; this.#early > 0; this.#early--) queueMicrotask(interrupt)
  }

  discard(): void {
    this.#waiting = []
    this.#search = undefined
    this.#asking = undefined
    this.#pasting = false
    this.#recalled = Number.POSITIVE_INFINITY
    if (!this.#active) return
    // What was typed stays to be read, as in every shell; the prompt comes below it.
    this.#leave()
    this.#editor.clear()
  }

  close(): void {
    this.#restore()
    this.#output.off('resize', this.#redraw)
    try {
      if (this.#active) this.#print(PASTE_OFF)
      this.#input.setRawMode(false)
    } catch {
      // The terminal has gone: nobody minds in what state it is.
    }
    this.#input.pause()
  }

  #read(prompt: string, continuation: string, question: Question | undefined): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#reads.push({ prompt, continuation, question, resolve })
      if (!this.#active) this.#next()
    })
  }

  #next(): void {
    this.#active = this.#reads.shift()
    if (!this.#active) return
    this.#active.prompt = this.#tail + this.#active.prompt
    this.#tail = ''
    this.#editor.clear()
    this.#recalled = Number.POSITIVE_INFINITY
    this.#print(PASTE_ON)
    this.#show()
    this.#feed()
  }

  #answer(text: string | undefined): void {
    const read = this.#active
    this.#active = undefined
    this.#tail = ''
    this.#print(PASTE_OFF)
    if (read?.question && text !== undefined) this.#history.add(text)
    read?.resolve(text)
    this.#next()
  }

  #take(text: string): void {
    const [typed = '', ...interrupted] = text.split(CTRL_C).reverse()
    // Each one counts: two may come in one piece.
    for (const _ of interrupted) {
      this.#waiting = []
      // An escape sequence that was begun is given up, too.
      this.#keys = this.#newKeys()
      this.#interrupt()
    }
    this.#keys.feed(typed)
    this.#feed()
  }

  #newKeys(): Keys {
    return new Keys((key) => this.#waiting.push(key))
  }

  // Handles keys for as long as somebody reads; the rest is for the next one who does.
  #feed(): void {
    if (this.#active && this.#waiting.length > 0 && !this.#asking) {
      while (this.#active && this.#waiting.length > 0 && !this.#asking) this.#press(this.#waiting.shift()!)
      this.#show()
    }
    if (this.#active && this.#inputEnded) this.#answer(undefined)
  }

  #press(key: Key): void {
    if (this.#pasting || key.chord === 'paste-start') return this.#paste(key)
    if (this.#search) {
      const search = this.#search
      const step = search.press(key)
      if (step === 'goes on') return
      this.#search = undefined
      if (step === 'given up') return
      if (search.match !== '') this.#editor.set(search.match)
    }
    switch (key.chord) {
      case 'return':
      case 'enter':
        return this.#enter()
      case 'M-return':
        return this.#active!.question ? this.#editor.insert('\n') : undefined
      case 'tab':
        return this.#tab()
      case 'up':
      case 'C-p':
        return this.#editor.up() ? undefined : this.#recall(-1)
      case 'down':
      case 'C-n':
        return this.#editor.down() ? undefined : this.#recall(1)
      case 'C-r':
        if (this.#active!.question) this.#search = new Search(this.#history)
        return
      case 'C-l':
        this.#print('\x1b[2J\x1b[H')
        return this.#screen.forget()
      case 'C-d':
        if (this.#editor.text !== '') break
        this.#leave()
        return this.#answer(undefined)
    }
    this.#editor.press(key)
  }

  // What is pasted is text, whatever it would do if it was typed.
  #paste(key: Key): void {
    if (key.chord === 'paste-start') this.#pasting = true
    else if (key.chord === 'paste-end') this.#pasting = false
    else if (key.chord === 'return' || key.chord === 'enter') {
      if (this.#active!.question) this.#editor.insert('\n')
      else this.#enter()
    } else this.#editor.insert(key.chord === 'tab' ? '\t' : key.text)
  }

  #enter(): void {
    const { text } = this.#editor
    const { question } = this.#active!
    if (!question || text.trim() === '') return this.#submit()
    this.#ask(question.isUnfinished(text), (unfinished) => {
      if (unfinished) this.#editor.insert('\n')
      else this.#submit()
    })
  }

  #submit(): void {
    this.#leave()
    this.#answer(this.#editor.text)
  }

  #tab(): void {
    const { text, cursor, lineStart } = this.#editor
    const { question } = this.#active!
    if (!question || text.slice(lineStart, cursor).trim() === '') return this.#editor.insert('  ')
    this.#ask(question.complete(text, cursor), (completion) => this.#complete(completion))
  }

  #complete({ from, candidates, listed = candidates }: Completion): void {
    const typed = this.#editor.text.slice(from, this.#editor.cursor)
    const common = commonStart(candidates)
    if (common.length > typed.length) this.#editor.replaceBefore(from, common)
    else if (listed.length > MOST_CANDIDATES) this.write(`${listed.length} possibilities\n`)
    else if (listed.length > 1) this.write(inColumns(listed, this.columns))
  }

  // Keys wait for the answer, so that none of them overtakes it.
  #ask<T>(answer: T | Promise<T>, then: (answer: T) => void): void {
    if (!(answer instanceof Promise)) return then(answer)
    const asking = {}
    this.#asking = asking
    const settled = (act: () => void): void => {
      if (this.#asking !== asking) return
      this.#asking = undefined
      act()
      this.#show()
      this.#feed()
    }
    answer.then(
      (value) => settled(() => then(value)),
      () => settled(() => {}),
    )
  }

  #recall(by: 1 | -1): void {
    const history = this.#active!.question ? this.#history : NO_HISTORY
    const { length } = history.entries
    const from = Math.min(this.#recalled, length)
    const to = from + by
    if (to < 0 || to > length) return
    if (from === length) this.#typed = this.#editor.text
    this.#recalled = to
    this.#editor.set(history.entries[to] ?? this.#typed)
  }

  // Takes the prompt and what is typed off the screen, until everything that comes in this turn is printed.
  #hide(): void {
    this.#screen.erase()
    this.#hidden = true
    setImmediate(() => {
      if (this.#hidden) this.#show()
    })
  }

  #show(): void {
    if (!this.#active) {
      this.#hidden = false
      return
    }
    if (this.#hidden && this.#tail !== '') this.#print('\r\n')
    if (this.#hidden) this.#tail = ''
    this.#hidden = false
    const search = this.#search
    if (!search) return this.#screen.draw(this.#view())
    const { match, prompt } = search
    this.#screen.draw({
      ...this.#view(),
      prompt,
      text: match,
      cursor: Math.max(0, match.indexOf(search.query)),
    })
  }

  #view(): Parameters<Screen['draw']>[0] {
    const { prompt, continuation, question } = this.#active!
    const { text, cursor } = this.#editor
    return { prompt, continuation, text, cursor, highlight: this.colors ? question?.highlight : undefined }
  }

  #leave(): void {
    if (this.#hidden) this.#show()
    this.#screen.leave(this.#view())
  }
}

function commonStart(words: readonly string[]): string {
  const [first = '', ...rest] = words
  let length = first.length
  for (const word of rest) while (!word.startsWith(first.slice(0, length))) length--
  return first.slice(0, length)
}
