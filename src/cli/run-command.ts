import { Application } from '../gen/index.ts'
import { logReports, printToTerminal } from '../logger/index.ts'
import { Node } from '../node/index.ts'
import { LocalKernel, setDefaultKernel } from '../process/index.ts'
import { Project } from '../project/index.ts'
import { type NodeCommandOptions, nodeOptions } from './node-options.ts'

/** Time within which the application must stop. */
const STOP_TIMEOUT_MS = 30_000

/**
 * Starts the application of a project on a node, without a shell, for `moebi run`. The program runs until SIGTERM or SIGINT, which
 * stop the application, or until the application ends by itself, which is the exit code 1.
 *
 * @see `mix run --no-halt`
 */
export async function runProject(folder: string, options: NodeCommandOptions): Promise<void> {
  const project = await Project.load(folder)
  const started = nodeOptions(options)
  const node = started && (await Node.start(started))
  const kernel = node?.kernel ?? new LocalKernel()
  setDefaultKernel(kernel)
  if (!node) logReports(kernel, printToTerminal)
  let ending = false
  const end = async (code: number): Promise<void> => {
    if (ending) return
    ending = true
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
    await Application.stopAll()
    await node?.stop()
    process.exit(code)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => void end(0))
  // Keeps the program running when nothing else does.
  setInterval(() => {}, 2 ** 30)
  await project.start(() => void end(1))
}
