import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { findBeam } from '../support/beam.ts'
import type { Played } from './lesson.ts'

/** Prints each session of the lesson: for every step the input, the output in each pane, and ok or FAILED. */
export default class LessonReporter implements Reporter {
  #passed = 0
  #failed = 0

  onInit(): void {
    const version = findBeam()?.version
    if (version !== undefined) console.log(`The lesson with Elixir ${version.elixir} on OTP ${version.otp}`)
  }

  onTestCaseResult(test: TestCase): void {
    const result = test.result()
    if (result.state === 'skipped') return
    const good = result.state === 'passed'
    if (good) this.#passed++
    else this.#failed++
    const seconds = ((test.diagnostic()?.duration ?? 0) / 1000).toFixed(1)
    console.log(`\n${good ? 'ok    ' : 'FAILED'} ${test.fullName} (${seconds} s)`)
    for (const step of test.meta().played ?? []) console.log(stepText(step))
    for (const error of result.errors ?? []) console.log(indented(error.message, 4))
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly { readonly message?: string }[]): void {
    for (const error of [...modules.flatMap((module) => module.errors()), ...errors])
      console.log(error.message)
    console.log(`\n${this.#passed} passed, ${this.#failed} failed`)
  }
}

function stepText({ says, typed, panes, failure }: Played): string {
  const lines = [`  ${failure === undefined ? 'ok    ' : 'FAILED'} ${says}`]
  for (const line of typed?.lines ?? []) lines.push(`           ${typed?.who} > ${line}`)
  for (const [who, shown] of Object.entries(panes))
    for (const line of shown.length > 0 ? shown : ['(silent)']) lines.push(`           ${who} | ${line}`)
  return lines.join('\n')
}

function indented(text: string, by: number): string {
  return text.replaceAll(/^/gm, ' '.repeat(by))
}
