import { execFileSync } from 'node:child_process'
import { eventually } from '../support/eventually.ts'

/**
 * Waits until no process of a process group is left, which has the id of its first. The error shows who is. One that has
 * ended and that its terminal has not noticed (Z) is gone.
 */
export async function groupEnded(pid: number): Promise<void> {
  const left = (): string[] =>
    execFileSync('ps', ['-eo', 'pgid=,pid=,stat=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([group, , state]) => group === `${pid}` && !state!.startsWith('Z'))
      .map((words) => words.join(' '))
  try {
    await eventually(`the processes started by ${pid} to end`, () => left().length === 0)
  } catch (cause) {
    throw new Error(`still there:\n${left().join('\n')}`, { cause })
  }
}
