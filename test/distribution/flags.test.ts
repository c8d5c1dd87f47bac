import { expect, test } from 'vitest'
import {
  DFLAG_MANDATORY_25_DIGEST,
  DFLAG_PUBLISHED,
  DFLAG_UNLINK_ID,
  DFLAG_V4_NC,
  flagNames,
  LOCAL_FLAGS,
  localFlags,
  MANDATORY,
  MANDATORY_25,
  missingFlags,
} from '../../src/distribution/index.ts'

test('the mandatory sets are the numbers that erts_internal:get_dflags() gives on OTP 25 and 29', () => {
  expect(MANDATORY_25).toBe(17239956n)
  expect(MANDATORY).toBe(17230663572n)
})

test('the announced flags are those that were tested against OTP 25 to 29', () => {
  expect(LOCAL_FLAGS).toBe(0x2d07cf3fbdn)
  expect(LOCAL_FLAGS & MANDATORY).toBe(MANDATORY)
})

test('a hidden node lacks PUBLISHED and no other flag', () => {
  expect(localFlags(false)).toBe(LOCAL_FLAGS)
  expect(localFlags(true)).toBe(LOCAL_FLAGS & ~DFLAG_PUBLISHED)
})

test('real nodes of OTP 25 and 29 have all mandatory flags', () => {
  expect(missingFlags(0xd07df7fbdn)).toBe(0n)
  expect(missingFlags(0x6d07df7fbdn)).toBe(0n)
})

test('MANDATORY_25_DIGEST means all eleven flags, and is announced beside them', () => {
  expect(flagNames(localFlags(true))).toContain('MANDATORY_25_DIGEST')
  expect(missingFlags(DFLAG_MANDATORY_25_DIGEST | DFLAG_V4_NC | DFLAG_UNLINK_ID)).toBe(0n)
})

test('missing flags have the names of the specification', () => {
  expect(flagNames(missingFlags(MANDATORY_25))).toEqual(['UNLINK_ID', 'V4_NC'])
  expect(flagNames(1n | (1n << 60n))).toEqual(['PUBLISHED', '0x1000000000000000'])
})
