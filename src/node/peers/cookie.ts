import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { explainDenied } from '../../permission/index.ts'

/**
 * Cookies of a node: its own, and cookies for single other nodes.
 * https://www.erlang.org/doc/system/distributed#security
 */
export class Cookies {
  #own: string
  readonly #reachable: boolean
  readonly #forNode = new Map<string, string>()

  /**
   * @param reachable whether other machines can connect to the node: its cookies may then not be well-known ones
   * @throws TypeError for a cookie that is not allowed; the message does not contain it
   */
  constructor(own: string, { reachable = false }: { readonly reachable?: boolean } = {}) {
    this.#reachable = reachable
    this.#own = this.#allowed(own)
  }

  /** Returns the cookie for connections to a node. */
  for(node: string): string {
    return this.#forNode.get(node) ?? this.#own
  }

  /** Sets the cookie for one node, or the own cookie if no node is given. @see `Node.set_cookie/2` */
  set(cookie: string, node?: string): void {
    if (node === undefined) this.#own = this.#allowed(cookie)
    else this.#forNode.set(node, this.#allowed(cookie))
  }

  #allowed(cookie: string): string {
    if (!this.#reachable || !WELL_KNOWN.test(validated(cookie))) return validated(cookie)
    throw new TypeError(
      'the cookie is one of the well-known ones that are tried first on open ports, and other machines can connect to this ' +
        'node. Use the cookie file, which holds a random one, or make one: openssl rand -hex 32. A node of one machine only ' +
        'may have any cookie: give it a name such as app@localhost.',
    )
  }
}

/** Cookies of documentation and packages, and words with "cookie", such as the `NAME_cookie` of project templates. */
const WELL_KNOWN =
  /^(?:monster|secret|nocookie|default|password|changeme|change_me|admin|test|dev|prod|erlang|elixir|beam|otp|rabbitmq|ejabberd|couchdb|riak|vmq|vernemq|emqx|mongooseim|moebi|abc|abc123|1234\d*|\w*cookie\w*)$/i

function validated(cookie: string): string {
  if (cookie.length > 0 && cookie.length <= 255 && /^[ -~]+$/.test(cookie)) return cookie
  throw new TypeError(
    'a cookie is 1 to 255 printable ASCII characters; the given one is ' +
      (cookie.length === 0 ? 'empty.' : 'longer, or contains other characters.'),
  )
}

/**
 * Reads the cookie from the file that Erlang uses. Creates the file, with 256 random bits and readable by the owner only, if it
 * does not exist.
 *
 * @throws Error when the file cannot be read, is empty, or can be read by other users
 */
export function fileCookie(home: string = homedir(), env: NodeJS.ProcessEnv = process.env): string {
  const file = cookieFile(home, env)
  let content: string
  try {
    content = readFileSync(file, 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError('read', file, error)
    return createCookieFile(file)
  }
  // Windows has no file modes.
  const mode = statSync(file).mode & 0o077
  if (mode !== 0 && process.platform !== 'win32')
    throw new Error(
      `the cookie file ${file} can be read by other users (mode ${(statSync(file).mode & 0o777).toString(8)}). A BEAM node ` +
        `refuses it too. Make it readable for you only: chmod 600 ${file}`,
    )
  const cookie = content.replace(/[\r\n].*$/s, '').trim()
  if (cookie === '')
    throw new Error(`the cookie file ${file} is empty. Write a secret into it, or delete it and one is made.`)
  return validated(cookie)
}

// As in OTP 25 and later: the file in the home folder, else a file under XDG_CONFIG_HOME, else a new file in the home folder.
function cookieFile(home: string, env: NodeJS.ProcessEnv): string {
  const inHome = join(home, '.erlang.cookie')
  const inConfig = join(env.XDG_CONFIG_HOME ?? join(home, '.config'), 'erlang', '.erlang.cookie')
  return !isFile(inHome) && isFile(inConfig) ? inConfig : inHome
}

/** Whether a file exists, as far as this program may see it. */
function isFile(path: string): boolean {
  try {
    return existsSync(path)
  } catch {
    // Node.js was started with --permission.
    return false
  }
}

function createCookieFile(file: string): string {
  const cookie = randomBytes(32).toString('hex')
  const draft = `${file}.${process.pid}`
  try {
    mkdirSync(dirname(file), { recursive: true })
    // linkSync creates the file with its whole content, because several nodes may start at the same time.
    writeFileSync(draft, cookie, { mode: 0o600 })
    linkSync(draft, file)
  } catch (error) {
    // Another node has created the file meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      return validated(readFileSync(file, 'latin1').trim())
    throw fileError('made', file, error)
  } finally {
    removeDraft(draft)
  }
  return cookie
}

// On a full disk the draft is an empty file. A program that may not write has made none, and may not remove one.
function removeDraft(draft: string): void {
  try {
    rmSync(draft, { force: true })
  } catch {
    // The error that is thrown says why.
  }
}

function fileError(what: 'read' | 'made', file: string, cause: unknown): Error {
  const instead = ', or give the cookie with --cookie (or the option cookie of Node.start)'
  const explained = explainDenied(cause, `the cookie file ${file} must be ${what}`, instead)
  if (explained !== cause) return explained as Error
  return new Error(
    `the cookie file ${file} could not be ${what}: ${(cause as Error).message}. Make sure that it is a file that you own ` +
      'with mode 600, or give the cookie with --cookie (or the option cookie of Node.start).',
    { cause },
  )
}
