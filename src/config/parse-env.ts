import { callerLine } from './source-lines.ts'

/** A schema of any library that implements Standard Schema. https://standardschema.dev */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
  }
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

type Variables = Readonly<Record<string, string | undefined>>

/**
 * Checks the environment variables with a schema, and returns the schema's output.
 *
 * @param variables `process.env` unless given
 * @throws Error with a line for each variable that is missing or invalid; it contains no values, which may be secret
 */
export async function parseEnv<Output>(
  schema: StandardSchema<Output>,
  variables: Variables = process.env,
): Promise<Output> {
  const line = callerLine(parseEnv)
  if (typeof schema?.['~standard']?.validate !== 'function')
    throw new TypeError(
      'parseEnv expects a schema of a library that implements Standard Schema (Zod, Valibot, ArkType), as in ' +
        'await parseEnv(z.object({ PORT: z.coerce.number() })).',
    )
  // A copy, so that a schema that refuses unknown prototypes accepts it, and none can change process.env.
  const result = await schema['~standard'].validate({ ...variables })
  if (!result.issues) return result.value
  throw new EnvironmentError(result.issues, line)
}

/** Environment variables that a schema does not accept. */
export class EnvironmentError extends Error {
  static {
    EnvironmentError.prototype.name = 'EnvironmentError'
  }

  /** Line of the call of `parseEnv`: `file:///…/runtime.ts:4:19`. */
  readonly calledAt: string | undefined

  constructor(issues: readonly SchemaIssue[], calledAt: string | undefined) {
    const lines = issues.map((issue) => `  ${pathOf(issue)}${issue.message}`)
    const subject =
      issues.length === 1 ? '1 environment variable is' : `${issues.length} environment variables are`
    super(`${subject} invalid:\n${lines.join('\n')}\nSet them, or change the schema.`)
    this.calledAt = calledAt
  }
}

function pathOf({ path = [] }: SchemaIssue): string {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
  return keys.length === 0 ? '' : `${keys.join('.')}: `
}
