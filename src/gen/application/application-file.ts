import { fileURLToPath } from 'node:url'

const files = new WeakMap<object, string>()

/** Notes the file that calls `caller`, for {@link applicationFile}. */
export function noteFile(spec: object, caller: (...args: never[]) => unknown): void {
  const { prepareStackTrace, stackTraceLimit } = Error
  const trace: { readonly stack?: NodeJS.CallSite[] } = {}
  Error.prepareStackTrace = (_, sites) => sites
  Error.stackTraceLimit = 1
  Error.captureStackTrace(trace, caller)
  const name = trace.stack?.[0]?.getFileName()?.replace(/\?.*$/, '')
  Error.prepareStackTrace = prepareStackTrace
  Error.stackTraceLimit = stackTraceLimit
  if (name) files.set(spec, name.startsWith('file:') ? fileURLToPath(name) : name)
}

/** Returns the file that defined an application; undefined for an application that was not made by `Application.define`. */
export function applicationFile(spec: object): string | undefined {
  return files.get(spec)
}
