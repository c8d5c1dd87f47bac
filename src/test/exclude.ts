import { beforeEach } from 'vitest'
import { Node } from '../node/index.ts'
import { DISTRIBUTED, EXCLUDED_NOTE } from './names.ts'

export interface ConfigureOptions {
  /** Tags whose tests are left out. Default: `['distributed']` where the tests do not run on a node. */
  readonly exclude?: readonly string[]
}

let excluded: readonly string[] = []

/** Sets options of the run, in a setup file of vitest. @see `ExUnit.configure/1` */
export function configure({ exclude = defaultExclude() }: ConfigureOptions): void {
  excluded = exclude
}

/** Skips the tests of a file that have an excluded tag. */
export function skipExcludedTests(): void {
  excluded = defaultExclude()
  beforeEach(({ task, skip }) => {
    const tag = task.tags?.find((each) => excluded.includes(each))
    if (tag !== undefined) skip(`${EXCLUDED_NOTE} ${tag}`)
  })
}

function defaultExclude(): readonly string[] {
  return Node.alive() ? [] : [DISTRIBUTED]
}
