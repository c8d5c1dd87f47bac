import { Application } from '../gen/index.ts'
import { logReports, printToTerminal } from '../logger/index.ts'
import { Node, type RunningNode } from '../node/index.ts'
import { LocalKernel, setDefaultKernel } from '../process/index.ts'
import { Project } from '../project/index.ts'

export interface RunCommandOptions {
  readonly sname?: string
  readonly name?: string
  readonly cookie?: string
  readonly tls?: string
  readonly hidden?: boolean
}

/** Time within which the application must stop. */
const STOP_TIMEOUT_MS = 30_000

/**
 * Starts the application of a project on a node, without a shell, for `moebi run`. The program runs until SIGTERM or SIGINT, which
 * stop the application, or until the application ends by itself, which is the exit code 1.
 *
 * @see `mix run --no-halt`
 */
export async function runProject(folder: string, options: RunCommandOptions): Promise<void> {
  const project = await Project.load(folder)
  const node = await startNode(options)
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

function startNode({
  sname,
  name,
  cookie,
  tls,
  hidden = false,
}: RunCommandOptions): Promise<RunningNode> | undefined {
  const own = sname ?? name
  if (own === undefined) return undefined
  return Node.start({
    name: own,
    longNames: name !== undefined,
    hidden,
    ...(cookie === undefined ? {} : { cookie }),
    ...(tls === undefined ? {} : { tls }),
  })
}
