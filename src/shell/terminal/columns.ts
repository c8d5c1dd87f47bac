/**
 * Returns words in as many columns as fit into `width` characters. The order runs down each column, as in `ls`. Every line
 * ends with a line feed.
 */
export function formatColumns(words: readonly string[], width: number): string {
  if (words.length === 0) return ''
  const cell = Math.max(...words.map((word) => word.length)) + 2
  const across = Math.max(1, Math.floor(width / cell))
  const down = Math.ceil(words.length / across)
  const lines = Array.from({ length: down }, (_, row) =>
    words
      .filter((_, index) => index % down === row)
      .map((word) => word.padEnd(cell))
      .join('')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}
