let segmenter: Intl.Segmenter | undefined

/** Returns the graphemes of a text in order: what a reader takes for one character. */
export function graphemesOf(text: string): Intl.Segments {
  // Made at the first use: it reads tables for 20 ms, and a line of ASCII needs none.
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  return segmenter.segment(text)
}
