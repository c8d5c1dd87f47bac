/** An epmd as a process of its own, as the command line runs it: `main.ts [IDLE_MS]`, addresses and port from the environment. */
import { EpmdError, runEpmd } from '../../src/epmd/index.ts'

const idleMs = Number(process.argv[2] ?? 60_000)
try {
  await runEpmd({ idleMs, log: console.log })
} catch (error) {
  if (!(error instanceof EpmdError && error.code === 'EPMD_ALREADY_RUNNING')) throw error
}
