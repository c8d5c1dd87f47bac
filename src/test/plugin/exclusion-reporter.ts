import type { Reporter, TestModule, Vitest } from 'vitest/node'
import { EXCLUDED_NOTE } from '../names.ts'

/** Reporter that ends a run with the number of tests that were excluded by their tags, as ExUnit does. */
export class ExclusionReporter implements Reporter {
  #vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    let tests = 0
    let failures = 0
    let excluded = 0
    const tags = new Set<string>()
    for (const module of modules)
      for (const test of module.children.allTests()) {
        tests++
        const result = test.result()
        if (result.state === 'failed') failures++
        if (result.state !== 'skipped' || !result.note?.startsWith(EXCLUDED_NOTE)) continue
        excluded++
        tags.add(result.note.slice(EXCLUDED_NOTE.length + 1))
      }
    if (excluded === 0 || !this.#vitest || writesData(this.#vitest)) return
    const list = [...tags].map((tag) => `${tag}: true`).join(', ')
    this.#vitest.logger.log(
      `Excluding tags: [${list}]\n\n${count(tests, 'test')}, ${count(failures, 'failure')}, ${excluded} excluded\n`,
    )
  }
}

/** Whether a reporter writes a data format to standard output. */
function writesData({ config }: Vitest): boolean {
  return config.reporters.some(
    (reporter) =>
      Array.isArray(reporter) &&
      /^(json|junit|tap|tap-flat)$/.test(String(reporter[0])) &&
      !config.outputFile,
  )
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
