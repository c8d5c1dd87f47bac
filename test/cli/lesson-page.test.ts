import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')

// docs/getting-started.md leads to these files: test/generator/new-project.test.ts follows it.
test.each(['configuration', 'testing'])('docs/%s.md contains files of the Chat without changes', (name) => {
  const page = read(`docs/${name}.md`)
  const listings = [...page.matchAll(/```typescript\n\/\/ (examples\/\S+)\n(.*?)```/gs)]
  expect(listings.length).toBeGreaterThan(1)
  for (const [, file, text] of listings) expect(text, file).toBe(read(file!))
})
