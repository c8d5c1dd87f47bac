import { readFile } from 'node:fs/promises'
import { serializeCall, serveClosures } from '../closure/index.ts'
import { names } from '../epmd/index.ts'
import { serveFuns } from '../erl-eval/index.ts'
import { Application } from '../gen/index.ts'
import * as moebi from '../index.ts'
import { registerTypeScriptHooks } from '../loader/index.ts'
import { logReports, type Print } from '../logger/index.ts'
import { Node, type RunningNode } from '../node/index.ts'
import { LocalKernel, setDefaultKernel } from '../process/index.ts'
import { Project } from '../project/index.ts'
import { reportUncaughtErrors, Shell, serveShells, type Terminal } from '../shell/index.ts'
import { nodeOptions } from './node-options.ts'
import { defaultBanner, type ShellCommandOptions } from './shell-options.ts'

/** Time within which the applications must stop. */
const STOP_TIMEOUT_MS = 30_000

export interface ShellStart {
  readonly file: string | undefined
  readonly options: ShellCommandOptions
  readonly terminal: Terminal
  /** Given when the first prompt was printed before the shell exists: takes the shell, and resolves with the first input. */
  readonly early: ((shell: Shell) => Promise<string | undefined>) | undefined
}

/** Starts a node when the options name one, and a shell at a terminal. Ends the program when the shell ends. */
export async function startShell({ file, options, terminal, early }: ShellStart): Promise<void> {
  silenceLoaderWarnings()
  const script = file === undefined ? undefined : await readScript(file)
  const project = options.project === undefined ? undefined : await Project.load(options.project)
  let node: RunningNode | undefined
  let ending = false
  const end = async (code: number): Promise<void> => {
    if (ending) return
    ending = true
    shell?.close()
    const exitCode = await options.onEnd?.()
    await node?.stop()
    process.exit(exitCode ?? code)
  }
  // Stops the applications first, as init:stop does on a BEAM. System.halt() does not.
  const stopAndEnd = async (code: number): Promise<void> => {
    setTimeout(() => void end(1), STOP_TIMEOUT_MS).unref()
    await Application.stopAll()
    await end(code)
  }
  let shell: Shell | undefined
  try {
    node = await startNode(options, terminal)
  } catch (error) {
    terminal.close()
    throw error
  }
  const kernel = node?.kernel ?? new LocalKernel()
  setDefaultKernel(kernel)
  if (!node) logReports(kernel, printAbove(terminal))
  reportUncaughtErrors(kernel)
  shell = new Shell({
    kernel,
    terminal,
    bindings: moebi,
    halt: (code) => void end(code),
    nodes: () => nodeNames(node),
    onImport: (specifier) => {
      if (/\.[mc]?ts$/.test(specifier)) registerTypeScriptHooks()
    },
    ...(project && { reload: (name) => project.reload(kernel, name) }),
  })
  if (node) {
    node.serializeFunction = (fn, args) => serializeCall(fn, args, shell.freeVariables())
    node.translateFunction = async (fn, args) => {
      const { translateCall } = await import('../abstract-format/index.ts')
      return translateCall(fn, args, { lookup: shell.freeVariables(), builtins: shell.scope })
    }
    serveClosures(node, { scope: shell.scope })
    serveShells(kernel, { loadScope: () => Promise.resolve(moebi) })
    // What serveShells defines is part of the node: funs find the modules of the library before it.
    serveFuns(node)
  }
  // The timer keeps the program running while the shell waits for input.
  const awake = setInterval(() => {}, 2 ** 30)
  process.stdout.on('error', () => void end(1))
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void stopAndEnd(0))
  if (project) shell.bindModules(await project.start())
  if (terminal.interactive && !early) terminal.write(`${options.banner ?? defaultBanner()}\n\n`)
  if (script !== undefined && !(await shell.evaluate(script, file))) return end(1)
  for (const code of options.eval ?? []) if (!(await shell.evaluate(code))) return end(1)
  const succeeded = await shell.run(early?.(shell))
  clearInterval(awake)
  return stopAndEnd(succeeded || terminal.interactive ? 0 : 1)
}

// Imports at the prompt need an experimental constant of node:vm. Imports of TypeScript need module.register(), which Node.js 26
// deprecates; its successor does not exist in Node.js 20.
function silenceLoaderWarnings(): void {
  const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (!/USE_MAIN_CONTEXT_DEFAULT_LOADER|module\.register\(\)/.test(String(warning))) emit(warning, ...rest)
  }
}

// Returns the names of the connected nodes and of the nodes that are registered with the epmd of this machine.
async function nodeNames(node: RunningNode | undefined): Promise<string[]> {
  const registered = await names('localhost').catch(() => [])
  const host = node?.name.split('@')[1] ?? 'localhost'
  const connected = Node.list('connected').map(({ name }) => name)
  return [...connected, ...registered.map(({ name }) => `${name}@${host}`)]
}

function startNode(options: ShellCommandOptions, device: Terminal): Promise<RunningNode> | undefined {
  const started = nodeOptions(options)
  return started && Node.start({ ...started, allow: 'open', device, log: printAbove(device) })
}

// Prints above the line that is being typed. Without an interactive terminal it prints to standard error, apart from the output.
function printAbove(terminal: Terminal): Print {
  return (text) => (terminal.interactive ? terminal.write(text) : void process.stderr.write(text))
}

async function readScript(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new Error(`${file} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}
