import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')

test('docs/getting-started.md contains the files of the Chat without changes', () => {
  const listings = [...read('docs/getting-started.md').matchAll(/```typescript\n\/\/ (\S+)\n(.*?)```/gs)]
  expect(listings.map(([, file]) => file)).toEqual(['examples/chat/application.ts', 'examples/chat/chat.ts'])
  for (const [, file, text] of listings) expect(text).toBe(read(file!))
})
