import { expect, test } from 'vitest'
import { parseEnv, type StandardSchema } from '../../src/config/index.ts'

type Validate<T> = StandardSchema<T>['~standard']['validate']

function schema<T>(validate: Validate<T>): StandardSchema<T> {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

test('parseEnv returns the output of the schema, which may be asynchronous', async () => {
  const port = schema((env) => ({ value: Number((env as { PORT: string }).PORT) }))
  expect(await parseEnv(port, { PORT: '4000' })).toBe(4000)
  const later = schema(async (env) => ({ value: env }))
  expect(await parseEnv(later, { A: '1' })).toEqual({ A: '1' })
  expect(await parseEnv(schema((env) => ({ value: Object.keys(env as object).includes('PATH') })))).toBe(true)
})

test('invalid variables are an error with a line for each, without values', async () => {
  const invalid = schema<never>(() => ({
    issues: [
      { message: 'expected a number', path: ['PORT'] },
      { message: 'too short', path: [{ key: 'PASSWORD' }] },
      { message: 'one of A and B is needed' },
    ],
  }))
  await expect(parseEnv(invalid, { PASSWORD: 'secret' })).rejects.toHaveProperty(
    'message',
    '3 environment variables are invalid:\n  PORT: expected a number\n  PASSWORD: too short\n  one of A and B is needed\n' +
      'Set them, or change the schema.',
  )
})

test('a value that is no schema is an error that says what is expected', async () => {
  for (const wrong of [undefined, {}, { parse: () => 1 }])
    await expect(parseEnv(wrong as never)).rejects.toThrow(
      /^parseEnv expects a schema of a library that implements Standard Schema/,
    )
})

test('a schema cannot change the environment variables', async () => {
  await parseEnv(schema((env) => ({ value: Object.assign(env as object, { MOEBI_CHANGED: 'yes' }) })))
  expect(process.env.MOEBI_CHANGED).toBe(undefined)
})
