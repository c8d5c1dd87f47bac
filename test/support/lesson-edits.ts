import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A listing of a page: the path of a file in a project, and its text. */
export interface Edit {
  readonly file: string
  readonly text: string
}

/** Returns the listings of a page that name a file of the reader's project in their first line, in order. */
export function editsOf(page: string): Edit[] {
  return [...page.matchAll(/```typescript\n\/\/ ((?:src|config|test)\/\S+)\n(.*?)```/gs)].map(
    ([, file, text]) => ({
      file: file!,
      text: text!,
    }),
  )
}

/** Makes the edits in a project, as a reader does who follows the page. */
export async function follow(edits: readonly Edit[], project: string): Promise<void> {
  for (const { file, text } of edits) {
    const path = join(project, file)
    const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text.includes('// …\n') ? merge(before, text) : text)
  }
}

// A listing with the line `// …` is a part of the file: each of its paragraphs replaces the one that declares the same name, or
// follows the paragraph before it.
function merge(before: string, text: string): string {
  const paragraphs = before.trimEnd().split('\n\n')
  let at = paragraphs.length - 1
  for (const paragraph of text.trimEnd().split('\n\n')) {
    if (paragraph === '// …') continue
    const same = paragraphs.findIndex((other) => nameOf(other) === nameOf(paragraph))
    if (same >= 0) paragraphs[same] = paragraph
    else paragraphs.splice(at + 1, 0, paragraph)
    at = same >= 0 ? same : at + 1
  }
  return `${paragraphs.join('\n\n')}\n`
}

function nameOf(paragraph: string): string {
  return (
    /^import\b/m.exec(paragraph)?.[0] ??
    /^(?:export )?(?:async )?(?:function|const|test\() ?'?(\w+)/m.exec(paragraph)?.[1] ??
    paragraph
  )
}
