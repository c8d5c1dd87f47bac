import type { Kernel, LocalProcess } from '../process/index.ts'
import { atom } from '../term/index.ts'
import { formatLine, type Print, printToTerminal } from './console.ts'
import { formatLogEvent } from './log-event.ts'

/**
 * Starts the process `logger_proxy`, to which other nodes send the log events of processes whose group leader is on this node. The
 * crash of a process that this node has spawned on another one is thus printed here.
 *
 * @see `logger_proxy.erl`
 */
export function startLoggerProxy(kernel: Kernel, print: Print = printToTerminal): LocalProcess {
  const process = kernel.create({ label: 'logger_proxy', asyncDist: true })
  process.handle((message) => {
    const event = formatLogEvent(message, kernel.name)
    if (event) print(formatLine(event.level, event.text))
  })
  kernel.register(process, atom('logger_proxy'))
  return process
}
