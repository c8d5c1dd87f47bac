import type { ReadStream, WriteStream } from 'node:tty'
import { captureOutput } from './capture-output.ts'
import { formatColumns } from './columns.ts'
import { Editor } from './editor.ts'
import { History } from './history.ts'
import { HistorySearch } from './history-search.ts'
import { type Key, KeyParser } from './key-parser.ts'
import { Screen } from './screen.ts'
import type { Completion, ReadRequest, Terminal } from './terminal.ts'

export interface TtyOptions {
  readonly input: ReadStream
  readonly output: WriteStream
  readonly colors: boolean
  readonly history: History
}

/** Somebody who waits for what is typed: a line for a program, or an input for the shell. */
interface PendingRead {
  prompt: string
  continuation: string
  readonly question: ReadRequest | undefined
  readonly resolve: (text: string | undefined) => void
}

const CTRL_C = '\x03'
/** Tells the terminal to say where a paste begins and ends, and not to do so any more. */
const PASTE_ON = '\x1b[?2004h'
const PASTE_OFF = '\x1b[?2004l'
const NO_HISTORY = new History(undefined)
/** More candidates than this are counted, not listed. */
const MAX_LISTED_CANDIDATES = 200

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
  #interrupt: () => void = () => this.#earlyInterrupts++
  /** How often somebody interrupted before there was anything to interrupt. */
  #earlyInterrupts = 0
  #reads: PendingRead[] = []
  #active: PendingRead | undefined
  /** Keys that were pressed and not handled yet. */
  #pendingKeys: Key[] = []
  /** What stands in the line of the cursor: a prompt goes behind it. */
  #lineStart = ''
  #hidden = false
  #inputEnded = false
  /** An answer of the shell is waited for, and keys with it. */
  #pendingAnswer: object | undefined
  #pasting = false
  #search: HistorySearch | undefined
  /** Which entry of the history is shown, and what was typed before. */
  #historyIndex = Number.POSITIVE_INFINITY
  #draft = ''

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
    input.on('data', (text) => this.#onData(String(text)))
    input.on('end', () => {
      this.#inputEnded = true
      this.#handleKeys()
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
    this.#lineStart = end < 0 ? this.#lineStart + text : text.slice(end + 1)
  }

  readLine(prompt: string): Promise<string | undefined> {
    return this.#read(prompt, '', undefined).then((text) => (text === undefined ? undefined : `${text}\n`))
  }

  readInput(question: ReadRequest): Promise<string | undefined> {
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
    for (; this.#earlyInterrupts > 0; this.#earlyInterrupts--) queueMicrotask(interrupt)
  }

  discard(): void {
    this.#pendingKeys = []
    this.#search = undefined
    this.#pendingAnswer = undefined
    this.#pasting = false
    this.#historyIndex = Number.POSITIVE_INFINITY
    if (!this.#active) return
    // What was typed stays to be read, as in every shell; the prompt comes below it.
    this.#finishLine()
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

  #read(
    prompt: string,
    continuation: string,
    question: ReadRequest | undefined,
  ): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#reads.push({ prompt, continuation, question, resolve })
      if (!this.#active) this.#startNextRead()
    })
  }

  #startNextRead(): void {
    this.#active = this.#reads.shift()
    if (!this.#active) return
    this.#active.prompt = this.#lineStart + this.#active.prompt
    this.#lineStart = ''
    this.#editor.clear()
    this.#historyIndex = Number.POSITIVE_INFINITY
    this.#print(PASTE_ON)
    this.#show()
    this.#handleKeys()
  }

  #resolveRead(text: string | undefined): void {
    const read = this.#active
    this.#active = undefined
    this.#lineStart = ''
    this.#print(PASTE_OFF)
    if (read?.question && text !== undefined) this.#history.add(text)
    read?.resolve(text)
    this.#startNextRead()
  }

  #onData(text: string): void {
    const [typed = '', ...interrupted] = text.split(CTRL_C).reverse()
    // Each one counts: two may come in one piece.
    for (const _ of interrupted) {
      this.#pendingKeys = []
      // An escape sequence that was begun is given up, too.
      this.#keys = this.#newKeys()
      this.#interrupt()
    }
    this.#keys.feed(typed)
    this.#handleKeys()
  }

  #newKeys(): KeyParser {
    return new KeyParser((key) => this.#pendingKeys.push(key))
  }

  // Handles keys for as long as somebody reads; the rest is for the next one who does.
  #handleKeys(): void {
    if (this.#active && this.#pendingKeys.length > 0 && !this.#pendingAnswer) {
      while (this.#active && this.#pendingKeys.length > 0 && !this.#pendingAnswer)
        this.#handleKey(this.#pendingKeys.shift()!)
      this.#show()
    }
    if (this.#active && this.#inputEnded) this.#resolveRead(undefined)
  }

  #handleKey(key: Key): void {
    if (this.#pasting || key.chord === 'paste-start') return this.#handlePastedKey(key)
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
        if (this.#active!.question) this.#search = new HistorySearch(this.#history)
        return
      case 'C-l':
        this.#print('\x1b[2J\x1b[H')
        return this.#screen.reset()
      case 'C-d':
        if (this.#editor.text !== '') break
        this.#finishLine()
        return this.#resolveRead(undefined)
    }
    this.#editor.press(key)
  }

  // What is pasted is text, whatever it would do if it was typed.
  #handlePastedKey(key: Key): void {
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
    this.#awaitAnswer(question.isIncomplete(text), (unfinished) => {
      if (unfinished) this.#editor.insert('\n')
      else this.#submit()
    })
  }

  #submit(): void {
    this.#finishLine()
    this.#resolveRead(this.#editor.text)
  }

  #tab(): void {
    const { text, cursor, lineStart } = this.#editor
    const { question } = this.#active!
    if (!question || text.slice(lineStart, cursor).trim() === '') return this.#editor.insert('  ')
    this.#awaitAnswer(question.complete(text, cursor), (completion) => this.#complete(completion))
  }

  #complete({ from, candidates, listed = candidates }: Completion): void {
    const typed = this.#editor.text.slice(from, this.#editor.cursor)
    const common = commonPrefix(candidates)
    if (common.length > typed.length) this.#editor.replaceBefore(from, common)
    else if (listed.length > MAX_LISTED_CANDIDATES) this.write(`${listed.length} possibilities\n`)
    else if (listed.length > 1) this.write(formatColumns(listed, this.columns))
  }

  // Keys wait for the answer, so that none of them overtakes it.
  #awaitAnswer<T>(answer: T | Promise<T>, then: (answer: T) => void): void {
    if (!(answer instanceof Promise)) return then(answer)
    const asking = {}
    this.#pendingAnswer = asking
    const settled = (act: () => void): void => {
      if (this.#pendingAnswer !== asking) return
      this.#pendingAnswer = undefined
      act()
      this.#show()
      this.#handleKeys()
    }
    answer.then(
      (value) => settled(() => then(value)),
      () => settled(() => {}),
    )
  }

  #recall(by: 1 | -1): void {
    const history = this.#active!.question ? this.#history : NO_HISTORY
    const { length } = history.entries
    const from = Math.min(this.#historyIndex, length)
    const to = from + by
    if (to < 0 || to > length) return
    if (from === length) this.#draft = this.#editor.text
    this.#historyIndex = to
    this.#editor.set(history.entries[to] ?? this.#draft)
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
    if (this.#hidden && this.#lineStart !== '') this.#print('\r\n')
    if (this.#hidden) this.#lineStart = ''
    this.#hidden = false
    const search = this.#search
    if (!search) return this.#screen.draw(this.#screenState())
    const { match, prompt } = search
    this.#screen.draw({
      ...this.#screenState(),
      prompt,
      text: match,
      cursor: Math.max(0, match.indexOf(search.query)),
    })
  }

  #screenState(): Parameters<Screen['draw']>[0] {
    const { prompt, continuation, question } = this.#active!
    const { text, cursor } = this.#editor
    return { prompt, continuation, text, cursor, highlight: this.colors ? question?.highlight : undefined }
  }

  #finishLine(): void {
    if (this.#hidden) this.#show()
    this.#screen.finish(this.#screenState())
  }
}

function commonPrefix(words: readonly string[]): string {
  const [first = '', ...rest] = words
  let length = first.length
  for (const word of rest) while (!word.startsWith(first.slice(0, length))) length--
  return first.slice(0, length)
}
