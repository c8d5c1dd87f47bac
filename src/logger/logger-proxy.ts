import type { Kernel, LocalProcess } from '../process/index.ts'
import { atom } from '../term/index.ts'
import { formatLine, type Print, printToTerminal } from './console.ts'
import { formatLogEvent } from './log-event.ts'

/**
 * Starts the process to which other nodes send what their processes log whose group leader is here: the crash of a
 * process that was spawned there from here is printed here.
 */
export function startLoggerProxy(kernel: Kernel, print: Print = printToTerminal): LocalProcess {
  const process = kernel.create({ label: 'logger_proxy' })
  process.handle((message) => {
    const event = formatLogEvent(message, kernel.name)
    if (event) print(formatLine(event.level, event.text))
  })
  kernel.register(process, atom('logger_proxy'))
  return process
}
