import { Session } from 'node:inspector'

/** Position of a function in its file. */
export interface SourceLocation {
  readonly url: string
  /** Counted from 0. */
  readonly line: number
}

interface Property {
  readonly name: string
  readonly value?: { readonly value?: { readonly scriptId: string; readonly lineNumber: number } }
}

interface Script {
  readonly params: { readonly scriptId: string; readonly url: string }
}

const KEY = 'moebi/shell/located'

/** Returns the position of a function, as V8 knows it; undefined for native functions and for classes without a constructor. */
export async function locateFunction(fn: (...args: never[]) => unknown): Promise<SourceLocation | undefined> {
  const session = new Session()
  session.connect()
  const post = (method: string, params: object = {}): Promise<object> =>
    new Promise((resolve, reject) =>
      session.post(method, params, (error, answer) => (error ? reject(error) : resolve(answer ?? {}))),
    )
  const scripts = new Map<string, string>()
  session.on('Debugger.scriptParsed', ({ params }: Script) => scripts.set(params.scriptId, params.url))
  Object.defineProperty(globalThis, Symbol.for(KEY), { value: fn, configurable: true })
  try {
    const expression = `globalThis[Symbol.for('${KEY}')]`
    const { result } = (await post('Runtime.evaluate', { expression })) as { result: { objectId: string } }
    const { internalProperties = [] } = (await post('Runtime.getProperties', {
      objectId: result.objectId,
      ownProperties: true,
    })) as { internalProperties?: Property[] }
    const location = internalProperties.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value
    if (!location) return undefined
    await post('Debugger.enable')
    const url = scripts.get(location.scriptId)
    return url === undefined ? undefined : { url, line: location.lineNumber }
  } finally {
    Reflect.deleteProperty(globalThis, Symbol.for(KEY))
    session.disconnect()
  }
}
