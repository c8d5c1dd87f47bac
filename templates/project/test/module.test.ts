import { expect, test } from 'vitest'
import * as {{Name}} from '{{up}}src/{{file}}'

test('greets the world', () => {
  expect({{Name}}.hello()).toBe('world')
})
