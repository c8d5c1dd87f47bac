import { execFileSync } from 'node:child_process'
import { eventually } from '../support/eventually.ts'

/**
 * Waits until all processes of a process group have exited. The error lists the others. A zombie (state Z), which its parent has
 * not waited for, counts as exited.
 *
 * @param pid id of the process group
 */
export async function groupEnded(pid: number): Promise<void> {
  const left = (): string[] =>
    execFileSync('ps', ['-eo', 'pgid=,pid=,stat=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([group, , state]) => group === `${pid}` && !state!.startsWith('Z'))
      .map((words) => words.join(' '))
  try {
    await eventually(`the processes started by ${pid} to end`, () => left().length === 0, { pause: 100 })
  } catch (cause) {
    throw new Error(`still there:\n${left().join('\n')}`, { cause })
  }
}
