import { createInterface, type Interface } from 'node:readline'
import type { Device } from '../io/index.ts'

/** A device that releases its input when it is closed. */
export interface ClosableDevice extends Device {
  close(): void
}

/**
 * Returns a device for the standard streams of this program, for a node without a shell. Standard input is opened by the first
 * read, and keeps the program alive only during a read.
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
