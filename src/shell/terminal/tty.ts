import type { ReadStream, WriteStream } from 'node:tty'
import { captureOutput } from './capture-output.ts'
import { formatColumns } from './columns.ts'
import { Editor } from './editor.ts'
import { History } from './history.ts'
import { HistorySearch } from './history-search.ts'
import { pressKey } from './key-bindings.ts'
import { type Key, KeyParser } from './key-parser.ts'
import { Screen } from './screen.ts'
import type { Completion, ReadRequest, Terminal } from './terminal.ts'

export interface TtyOptions {
  readonly input: ReadStream
  readonly output: WriteStream
  readonly colors: boolean
  readonly history: History
}

/** Call of `readLine` or `readInput` that has not been answered. */
interface PendingRead {
  prompt: string
  continuation: string
  /** Undefined for `readLine`. */
  readonly request: ReadRequest | undefined
  readonly resolve: (text: string | undefined) => void
}

const CTRL_C = '\x03'
/** Switches bracketed paste on and off: the terminal then marks where a paste begins and ends. */
const PASTE_ON = '\x1b[?2004h'
const PASTE_OFF = '\x1b[?2004l'
const NO_HISTORY = new History(undefined)
/** A list of more candidates is not printed, only its length. */
const MAX_LISTED_CANDIDATES = 200

/**
 * Terminal with line editing. Output that is printed while the user types appears above the line that is being edited.
 *
 * Keys that are pressed while nothing is read are kept and handled by the next read, so that pasted lines appear after the
 * prompts to which they belong.
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
  /** Number of interrupts before `onInterrupt` was called. */
  #earlyInterrupts = 0
  #reads: PendingRead[] = []
  #active: PendingRead | undefined
  /** Keys that were pressed and have not been handled. */
  #pendingKeys: Key[] = []
  /** Output in the line of the cursor: the next prompt is printed after it. */
  #lineStart = ''
  #hidden = false
  #inputEnded = false
  /** Set while `isIncomplete` or `complete` of the request is awaited. Keys are not handled meanwhile. */
  #pendingAnswer: object | undefined
  #pasting = false
  #search: HistorySearch | undefined
  /** Index of the history entry that is shown; infinite while the user's own text is. */
  #historyIndex = Number.POSITIVE_INFINITY
  /** The user's own text while a history entry is shown. */
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

  readInput(request: ReadRequest): Promise<string | undefined> {
    return this.#read(request.prompt, request.continuation, request)
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
    // The dropped text remains visible, as in every shell. The prompt is printed below it.
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
      // The terminal has been closed: its mode has no effect any more.
    }
    this.#input.pause()
  }

  #read(prompt: string, continuation: string, request: ReadRequest | undefined): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#reads.push({ prompt, continuation, request, resolve })
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
    if (read?.request && text !== undefined) this.#history.add(text)
    read?.resolve(text)
    this.#startNextRead()
  }

  #onData(text: string): void {
    const [typed = '', ...interrupted] = text.split(CTRL_C).reverse()
    // One chunk of input may contain several Ctrl-C.
    for (const _ of interrupted) {
      this.#pendingKeys = []
      // The new parser drops an incomplete escape sequence.
      this.#keys = this.#newKeys()
      this.#interrupt()
    }
    this.#keys.feed(typed)
    this.#handleKeys()
  }

  #newKeys(): KeyParser {
    return new KeyParser((key) => this.#pendingKeys.push(key))
  }

  // Handles keys while a read is active. The next read handles the rest.
  #handleKeys(): void {
    if (this.#active && this.#pendingKeys.length > 0 && !this.#pendingAnswer) {
      while (this.#active && this.#pendingKeys.length > 0 && !this.#pendingAnswer)
        this.#handleKey(this.#pendingKeys.shift()!)
      this.#show()
    }
    if (this.#active && this.#inputEnded) this.#resolveRead(undefined)
  }

  // Keys that act on the terminal. The keys that edit the text are in key-bindings.ts.
  #handleKey(key: Key): void {
    if (this.#pasting || key.chord === 'paste-start') return this.#handlePastedKey(key)
    if (this.#search) {
      const search = this.#search
      const result = search.press(key)
      if (result === 'continues') return
      this.#search = undefined
      if (result === 'cancelled') return
      if (search.match !== '') this.#editor.set(search.match)
    }
    switch (key.chord) {
      case 'return':
      case 'enter':
        return this.#enter()
      case 'M-return':
        return this.#active!.request ? this.#editor.insert('\n') : undefined
      case 'tab':
        return this.#tab()
      case 'up':
      case 'C-p':
        return this.#editor.up() ? undefined : this.#recall(-1)
      case 'down':
      case 'C-n':
        return this.#editor.down() ? undefined : this.#recall(1)
      case 'C-r':
        if (this.#active!.request) this.#search = new HistorySearch(this.#history)
        return
      case 'C-l':
        this.#print('\x1b[2J\x1b[H')
        return this.#screen.reset()
      case 'C-d':
        if (this.#editor.text !== '') break
        this.#finishLine()
        return this.#resolveRead(undefined)
    }
    pressKey(this.#editor, key)
  }

  // Pasted keys insert text: they run no commands.
  #handlePastedKey(key: Key): void {
    if (key.chord === 'paste-start') this.#pasting = true
    else if (key.chord === 'paste-end') this.#pasting = false
    else if (key.chord === 'return' || key.chord === 'enter') {
      if (this.#active!.request) this.#editor.insert('\n')
      else this.#enter()
    } else this.#editor.insert(key.chord === 'tab' ? '\t' : key.text)
  }

  #enter(): void {
    const { text } = this.#editor
    const { request } = this.#active!
    if (!request || text.trim() === '') return this.#submit()
    this.#awaitAnswer(request.isIncomplete(text), (incomplete) => {
      if (incomplete) this.#editor.insert('\n')
      else this.#submit()
    })
  }

  #submit(): void {
    this.#finishLine()
    this.#resolveRead(this.#editor.text)
  }

  #tab(): void {
    const { text, cursor, lineStart } = this.#editor
    const { request } = this.#active!
    if (!request || text.slice(lineStart, cursor).trim() === '') return this.#editor.insert('  ')
    this.#awaitAnswer(request.complete(text, cursor), (completion) => this.#complete(completion))
  }

  #complete({ from, candidates, listed = candidates }: Completion): void {
    const typed = this.#editor.text.slice(from, this.#editor.cursor)
    const common = commonPrefix(candidates)
    if (common.length > typed.length) this.#editor.replaceBefore(from, common)
    else if (listed.length > MAX_LISTED_CANDIDATES) this.write(`${listed.length} possibilities\n`)
    else if (listed.length > 1) this.write(formatColumns(listed, this.columns))
  }

  // Keys are handled after the answer, so that they apply to its result.
  #awaitAnswer<T>(answer: T | Promise<T>, then: (answer: T) => void): void {
    if (!(answer instanceof Promise)) return then(answer)
    const pending = {}
    this.#pendingAnswer = pending
    const settled = (act: () => void): void => {
      if (this.#pendingAnswer !== pending) return
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
    const history = this.#active!.request ? this.#history : NO_HISTORY
    const { length } = history.entries
    const from = Math.min(this.#historyIndex, length)
    const to = from + by
    if (to < 0 || to > length) return
    if (from === length) this.#draft = this.#editor.text
    this.#historyIndex = to
    this.#editor.set(history.entries[to] ?? this.#draft)
  }

  // Erases the prompt and the input until the next turn of the event loop, so that all output of this turn is printed above.
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
    const { prompt, continuation, request } = this.#active!
    const { text, cursor } = this.#editor
    return { prompt, continuation, text, cursor, highlight: this.colors ? request?.highlight : undefined }
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
