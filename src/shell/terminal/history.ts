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

/** Number of inputs that are kept in memory. */
const MAX_ENTRIES = 1_000
/** A longer input is not kept. In characters. */
const MAX_ENTRY_LENGTH = 20_000
/** A file that is larger is renamed, and a new one is begun. In bytes. */
const ROTATION_SIZE = 256 * 1024
/** An older lock file belongs to a shell that was killed, and is removed. */
const STALE_LOCK_MS = 10_000

type Env = Readonly<Record<string, string | undefined>>

/**
 * Returns the path of the history file: the value of `MOEBI_HISTORY`, else `moebi/history` in the user's state folder. Returns
 * undefined when the history is switched off (`MOEBI_HISTORY=off`) or the user has no home folder.
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
 * Inputs of this user, oldest first, in a file that several shells may write at the same time: each input is one line of JSON,
 * appended in one write. A full file is renamed to its name with `.1` appended, and replaces the file of that name.
 *
 * A file that cannot be read or written is ignored: the history is then kept in memory only.
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

  /** Adds an input, unless it is equal to the last one or begins with a space. */
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

  /** Returns the index of the newest entry, at `from` or before it, that contains the text; undefined when there is none. */
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
    // The disk is full or the home folder is read-only.
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

// The lock file lets one shell rename the file. The size is checked again, since another shell may have renamed it before.
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
