import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

/** How many inputs are kept in mind. */
const MAX_ENTRIES = 1_000
/** A longer input is no line that somebody wants back. In characters. */
const MAX_ENTRY_LENGTH = 20_000
/** From this size on a file is full, and another one begins. In bytes. */
const ROTATION_SIZE = 256 * 1024
/** A lock that is older was left behind by a shell that was killed. In ms. */
const STALE_LOCK_MS = 10_000

type Env = Readonly<Record<string, string | undefined>>

/**
 * Where the history is kept: the file named by `MOEBI_HISTORY`, else `moebi/history` in the folder for state. Undefined
 * where it is switched off (`MOEBI_HISTORY=off`) or there is no home.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function historyFile(env: Env = process.env, platform: string = process.platform): string | undefined {
  const { MOEBI_HISTORY: chosen, XDG_STATE_HOME: state, HOME: home, LOCALAPPDATA: local } = env
  if (chosen !== undefined && chosen !== '') return /^(off|no|0|false)$/i.test(chosen) ? undefined : chosen
  if (state) return join(state, 'moebi', 'history')
  if (platform === 'win32' && local) return join(local, 'moebi', 'history')
  return home ? join(home, '.local', 'state', 'moebi', 'history') : undefined
}

/**
 * The inputs of this user, oldest first, in a file that several shells may write at once: each input is a line of its own,
 * appended in one write. A file that is full becomes the one with `.1` behind its name, whose place it takes.
 *
 * What cannot be read or written is not there: a shell works without a history.
 */
export class History {
  readonly #file: string | undefined
  readonly #entries: string[]

  constructor(file: string | undefined) {
    this.#file = file
    this.#entries =
      file === undefined ? [] : [...readEntries(`${file}.1`), ...readEntries(file)].slice(-MAX_ENTRIES)
  }

  get entries(): readonly string[] {
    return this.#entries
  }

  /** Keeps an input, unless it is the last one again or begins with a space. */
  add(input: string): void {
    const entry = input.trimEnd()
    if (
      entry === '' ||
      /^\s/.test(entry) ||
      entry.length > MAX_ENTRY_LENGTH ||
      entry === this.#entries.at(-1)
    )
      return
    this.#entries.push(entry)
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift()
    if (this.#file !== undefined) append(this.#file, `${JSON.stringify(entry)}\n`)
  }

  /** The newest entry before `from` in which the text occurs; undefined when there is none. */
  search(text: string, from: number): number | undefined {
    for (let index = from; index >= 0; index--) if (this.#entries[index]?.includes(text)) return index
    return undefined
  }
}

function readEntries(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').flatMap(entryOf)
  } catch {
    return []
  }
}

function entryOf(line: string): string[] {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'string' ? [entry] : []
  } catch {
    return []
  }
}

function append(file: string, line: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    if (sizeOf(file) > ROTATION_SIZE) rotate(file)
    appendFileSync(file, line, { mode: 0o600 })
  } catch {
    // A disk that is full or a home that is read-only.
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

// Only one shell turns the page, and only while the file is full still.
function rotate(file: string): void {
  const lock = `${file}.lock`
  const held = statSync(lock, { throwIfNoEntry: false })
  if (held && Date.now() - held.mtimeMs > STALE_LOCK_MS) unlinkSync(lock)
  try {
    writeFileSync(lock, '', { flag: 'wx', mode: 0o600 })
  } catch {
    return
  }
  try {
    if (sizeOf(file) > ROTATION_SIZE) renameSync(file, `${file}.1`)
  } finally {
    unlinkSync(lock)
  }
}
