/**
 * Replaces the `write` of standard output and standard error, where these are terminals: everything that the program prints
 * (such as `console.log`) is passed to `write`, which prints it above the line that is being edited.
 *
 * @returns function that restores both streams
 */
export function captureOutput(write: (text: string) => void): () => void {
  const streams = [process.stdout, process.stderr].filter((stream) => stream.isTTY)
  const before = streams.map((stream) => stream.write)
  for (const stream of streams)
    stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      write(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
      const done = rest.at(-1)
      if (typeof done === 'function') queueMicrotask(done as () => void)
      return true
    }
  return () => {
    for (const [index, stream] of streams.entries()) stream.write = before[index]!
  }
}
