import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')

for (const page of ['docs/getting-started.md', 'docs/configuration.md'])
  test(`${page} contains files of the Chat without changes`, () => {
    const listings = [...read(page).matchAll(/```typescript\n\/\/ (examples\/\S+)\n(.*?)```/gs)]
    expect(listings.length).toBeGreaterThan(1)
    for (const [, file, text] of listings) expect(text, file).toBe(read(file!))
  })
