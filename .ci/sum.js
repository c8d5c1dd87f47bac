// Sums up the runs of the tests: node .ci/sum.js <folder with vitest's JSON> <names of the failed parts ...>
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const [folder, ...parts] = process.argv.slice(2)
let passed = 0
let failed = 0
const explained = new Set()
for (const file of readdirSync(folder)) {
  const { numPassedTests, testResults } = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const failures = testResults.flatMap(failuresOf)
  passed += numPassedTests
  failed += failures.length
  if (failures.length > 0) explained.add(basename(file, '.json'))
  for (const failure of failures) console.log(`FAILED ${basename(file, '.json')}: ${failure}`)
}
for (const part of parts) {
  // The name of the file in .ci/run.
  if (explained.has(part.replaceAll(/[^A-Za-z0-9]/g, '-'))) continue
  failed++
  console.log(`FAILED ${part}`)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

/** Returns the failures of a test file. A file that cannot be loaded is one failure. */
function failuresOf({ name, status, message, assertionResults }) {
  const tests = assertionResults.filter((test) => test.status === 'failed')
  if (status === 'failed' && tests.length === 0) return [`${name}${why(message)}`]
  return tests.map((test) => `${test.fullName} (${basename(name)})${why(test.failureMessages[0])}`)
}

/** Returns the first lines of a message, short enough for the end of a log. */
function why(message = '') {
  const lines = message.split('\n').slice(0, 6)
  return lines.map((line) => `\n    ${line.slice(0, 300)}`).join('')
}
