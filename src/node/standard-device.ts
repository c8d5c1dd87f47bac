import { createInterface, type Interface } from 'node:readline'
import type { Device } from '../io/index.ts'

/** A device that can be told that nobody reads from it any more. */
export interface ClosableDevice extends Device {
  close(): void
}

/**
 * The standard streams of this program, for a node without a shell. Input is not touched before somebody reads, and keeps
 * the program alive only while somebody waits for it.
 */
export function standardDevice(): ClosableDevice {
  let reader: Interface | undefined
  let lines: AsyncIterator<string> | undefined
  return {
    write: (text) => void process.stdout.write(text),
    async readLine(prompt) {
      process.stdout.write(prompt)
      if (!lines) {
        reader = createInterface({ input: process.stdin })
        lines = reader[Symbol.asyncIterator]()
      }
      keepProgramAlive(true)
      const { done, value } = await lines.next()
      keepProgramAlive(false)
      return done ? undefined : `${value}\n`
    },
    close: () => reader?.close(),
    get columns() {
      return process.stdout.columns
    },
    get rows() {
      return process.stdout.rows
    },
  }
}

// A terminal and a pipe are sockets; a file ends by itself.
function keepProgramAlive(on: boolean): void {
  if (on) process.stdin.ref?.()
  else process.stdin.unref?.()
}
