import { styleText } from 'node:util'

/** Matches one token of TypeScript, or any other single character. */
const TOKEN = new RegExp(
  [
    String.raw`(?<comment>//[^\n]*|/\*.*?(?:\*/|$))`,
    String.raw`(?<string>'(?:\\.|[^'\\\n])*'?|"(?:\\.|[^"\\\n])*"?|${'`'}(?:\\.|[^${'`'}\\])*${'`'}?)`,
    String.raw`(?<number>\b\d[\w.]*)`,
    String.raw`(?<word>[\p{ID_Start}$_][\p{ID_Continue}$]*)`,
    '(?<slash>/)',
    String.raw`(?<close>[)\]}])`,
    '.',
  ].join('|'),
  'gsu',
)

const KEYWORDS = new Set(
  (
    'abstract as async await break case catch class const continue debugger declare default delete do else export extends ' +
    'finally for from function get if implements import in instanceof interface keyof let new of private protected ' +
    'public readonly return satisfies set static super switch this throw try type typeof var void while with yield'
  ).split(' '),
)
const VALUES = new Set(['true', 'false', 'null', 'undefined'])
const REGEXP = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y

type Style = 'gray' | 'green' | 'yellow' | 'magenta' | 'blue'

/**
 * Returns the lines of a text with escape sequences that colour it as TypeScript. Without the escape sequences the lines are
 * the text itself, also when it is incomplete or no TypeScript.
 */
export function highlight(text: string): string[] {
  const lines: string[] = ['']
  const put = (piece: string, style?: Style): void => {
    for (const [index, part] of piece.split('\n').entries()) {
      if (index > 0) lines.push('')
      if (part === '') continue
      lines[lines.length - 1] += style ? styleText(style, part, { validateStream: false }) : part
    }
  }
  // Whether the last token was a value: a slash after a value is a division, elsewhere it begins a regular expression.
  let value = false
  TOKEN.lastIndex = 0
  for (let found = TOKEN.exec(text); found; found = TOKEN.exec(text)) {
    const { comment, string, number, word, slash, close } = found.groups as Record<string, string | undefined>
    const [token] = found
    if (comment !== undefined) put(token, 'gray')
    else if (string !== undefined) put(token, 'green')
    else if (number !== undefined) put(token, 'yellow')
    else if (word !== undefined)
      put(token, VALUES.has(word) ? 'magenta' : KEYWORDS.has(word) ? 'blue' : undefined)
    else if (slash !== undefined && !value) {
      REGEXP.lastIndex = found.index
      const regexp = REGEXP.exec(text)?.[0] ?? token
      put(regexp, regexp === token ? undefined : 'green')
      TOKEN.lastIndex = found.index + regexp.length
    } else put(token)
    if (comment === undefined && !/^\s$/.test(token))
      value =
        string !== undefined ||
        number !== undefined ||
        close !== undefined ||
        (word !== undefined && !KEYWORDS.has(word))
  }
  return lines
}
