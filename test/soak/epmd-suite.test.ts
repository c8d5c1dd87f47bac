/**
 * The test suite of OTP's epmd, run against `moebi epmd`. The suite is not part of this project: `OTP_EPMD_SUITE` names the file
 * erts/epmd/test/epmd_SUITE.erl of a source tree of OTP. Debian has Common Test in erlang-common-test.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { moebi } from '../support/beam.ts'

const suite = process.env.OTP_EPMD_SUITE

test.runIf(suite)(
  "all cases of OTP's epmd_SUITE that need one machine pass against moebi epmd",
  { timeout: 900_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'moebi-epmd-suite-'))
    try {
      const bin = join(folder, 'bin')
      mkdirSync(bin)
      mkdirSync(join(folder, 'logs'))
      const command = moebi(['epmd'], { ERL_EPMD_ADDRESS: '127.0.0.1' }).map((word) => `'${word}'`)
      writeFileSync(join(bin, 'epmd'), `#!/bin/sh\nexec ${command.join(' ')} "$@"\n`)
      chmodSync(join(bin, 'epmd'), 0o755)
      // The hook belongs to the test server of OTP's own build.
      const source = readFileSync(suite!, 'utf8').replace('{ct_hooks,[ts_install_cth]},', '')
      writeFileSync(join(folder, 'epmd_SUITE.erl'), source)
      // erl puts the folder of its own epmd in front of the PATH, so the PATH is set from within.
      const code =
        `os:putenv("PATH", "${bin}:" ++ os:getenv("PATH")), "${bin}/epmd" = os:find_executable("epmd"), ` +
        'io:format("result: ~p~n", [ct:run_test([{suite, epmd_SUITE}, {dir, "."}, {logdir, "logs"}])]), halt().'
      const { stdout } = spawnSync('erl', ['-noinput', '-eval', code], {
        cwd: folder,
        env: { ...process.env, ERL_EPMD_ADDRESS: '127.0.0.1' },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 880_000,
      })
      // Two cases, registering and killing from another machine, are skipped: they need a host to which ssh connects.
      expect(stdout).toMatch(/result: \{\d+,0,\{2,0\}\}/)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
