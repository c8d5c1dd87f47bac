/** Names that the plugin, in the main process of vitest, shares with the workers that run the tests. */

/** Tag of the tests that need other nodes. */
export const DISTRIBUTED = 'distributed'
/** Begin of the note with which an excluded test is skipped. The tag follows. */
export const EXCLUDED_NOTE = 'excluded by the tag'
/** Environment variable with the node that the test files run on, as JSON: {@link TestNodeOptions}. */
export const NODE_VARIABLE = 'MOEBI_TEST_NODE'

/** Node that the test files run on: the options of `moebi test`. */
export interface TestNodeOptions {
  readonly name: string
  readonly longNames?: boolean
  readonly cookie?: string
  readonly tls?: string
}
