import { Session } from 'node:inspector'

/** Variables of one scope, by name. */
type Variables = Readonly<Record<string, unknown>>

interface RemoteObject {
  readonly objectId?: string
  readonly description?: string
}

interface Property {
  readonly name: string
  readonly value?: RemoteObject
}

const KEY = 'moebi/shell/closure'
/** Scopes of the function's own source. Those of the prompt and of the program are global, and are looked up elsewhere. */
const OWN_SCOPES = /^(Closure|Block|Catch|Module|Class)\b/

/**
 * Returns the variables of the functions, blocks and modules that enclose a function, the innermost scope first. V8 keeps the
 * variables that a function uses. The values are those of this moment.
 */
export function closureScopes(fn: (...args: never[]) => unknown): readonly Variables[] {
  const session = new Session()
  session.connect()
  // In the same thread, V8 answers before `post` returns.
  const post = (method: string, params: object): object => {
    let result: object = {}
    session.post(method, params, (error, answer) => {
      if (!error) result = answer ?? {}
    })
    return result
  }
  const shared: { readonly fn: unknown; scope?: { readonly object?: Variables } | undefined } = { fn }
  Object.defineProperty(globalThis, Symbol.for(KEY), { value: shared, configurable: true })
  const own = (id: string): readonly Property[] =>
    (post('Runtime.getProperties', { objectId: id, ownProperties: true }) as { result?: Property[] })
      .result ?? []
  try {
    const { result } = post('Runtime.evaluate', { expression: `globalThis[Symbol.for('${KEY}')].fn` }) as {
      result: RemoteObject
    }
    const { internalProperties = [] } = post('Runtime.getProperties', {
      objectId: result.objectId,
      ownProperties: true,
    }) as { internalProperties?: Property[] }
    const scopes = internalProperties.find(({ name }) => name === '[[Scopes]]')?.value?.objectId
    if (scopes === undefined) return []
    const found: Variables[] = []
    for (const { value } of own(scopes)) {
      if (value?.objectId === undefined || !OWN_SCOPES.test(value.description ?? '')) continue
      post('Runtime.callFunctionOn', {
        objectId: value.objectId,
        functionDeclaration: `function () { globalThis[Symbol.for('${KEY}')].scope = this }`,
      })
      if (shared.scope?.object) found.push(shared.scope.object)
      shared.scope = undefined
    }
    return found
  } finally {
    Reflect.deleteProperty(globalThis, Symbol.for(KEY))
    session.disconnect()
  }
}
