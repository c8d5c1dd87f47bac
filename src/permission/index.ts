/** Sentences for what the permission model of Node.js (`node --permission`) denies. */

const FLAGS: Readonly<Record<string, string>> = {
  ChildProcess: '--allow-child-process',
  FileSystemRead: '--allow-fs-read',
  FileSystemWrite: '--allow-fs-write',
  Inspector: '--allow-inspector',
  Net: '--allow-net',
  WorkerThreads: '--allow-worker',
}

/**
 * Throws when this program may not use the network. Without this check Node.js throws outside of the code that listens or connects, which
 * ends the program.
 *
 * @param what what needs the network, as the beginning of the message
 */
export function requireNetwork(what: string): void {
  // Node.js 24 has the permission model without this flag, and then denies the scope `net` that it does not know.
  const { permission, allowedNodeEnvironmentFlags: flags } = process
  if (permission && flags.has('--allow-net') && !permission.has('net')) throw denied(what, '--allow-net')
}

/**
 * Returns an error that names the flag of Node.js, for an error that says that something was denied. Returns any other error as it is.
 *
 * @param what what was tried, as the beginning of the message
 * @param instead what can be done without the flag
 */
export function explainDenied(error: unknown, what: string, instead = ''): unknown {
  const { code, permission, resource } = (error ?? {}) as Record<string, unknown>
  if (code !== 'ERR_ACCESS_DENIED') return error
  const flag = FLAGS[String(permission)] ?? /--allow-[a-z-]+/.exec(String(error))?.[0] ?? 'the flag for it'
  return denied(
    what,
    flag.startsWith('--allow-fs') && resource ? `${flag}=${resource}` : flag,
    instead,
    error,
  )
}

/** Calls a function. What it throws is passed to {@link explainDenied}. */
export function explaining<T>(fn: () => T, what: string, instead?: string): T {
  try {
    return fn()
  } catch (error) {
    throw explainDenied(error, what, instead)
  }
}

function denied(what: string, flag: string, instead = '', cause?: unknown): Error {
  const text = `${what}, which Node.js does not permit: it was started with --permission and without ${flag}. Add ${flag}${instead}.`
  return Object.assign(new Error(text, { cause }), { code: 'ERR_ACCESS_DENIED' })
}
