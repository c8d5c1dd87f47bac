import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { ProjectOptions } from '../generator/index.ts'
import { packageFolder } from '../package/index.ts'
import { addNameOptions, addNodeOptions, distPortOption, type NodeCommandOptions } from './node-options.ts'
import type { ObserverCommandOptions } from './observer-command.ts'
import type { RemshOptions } from './remsh-command.ts'
import type { ShellCommandOptions } from './shell-options.ts'
import type { TestCommandOptions } from './test-command.ts'

const { version } = JSON.parse(readFileSync(new URL('package.json', packageFolder), 'utf8')) as {
  version: string
}

const epmdHelp = `
Arguments:
  names                  list the nodes that an epmd knows
  --port <port>          in place of ERL_EPMD_PORT or 4369
  --idle <seconds>       end when no node has been registered for that long

Arguments of OTP's epmd, which prints refused requests only:
  -port, -address, -daemon, -debug, -relaxed_command_check, -packet_timeout, -delay_write
  -names, -started, -dump, -kill, -stop <name>
`

// Each command is imported when it is run, so that it starts fast: an epmd needs no shell.
const program = new Command('moebi')
  .description('Erlang/OTP distribution for TypeScript')
  .version(version, '-v, --version')
  .showHelpAfterError('(moebi --help lists the commands)')

program
  .command('new')
  .description('create a project')
  .argument('<path>', 'folder of the project, whose name is that of the application')
  .option('--sup', 'with a supervision tree')
  .option('--app <app>', 'the name of the application, in place of the name of the folder')
  .option('--module <module>', 'the name of the module, in place of the camelized name of the application')
  .action(async (path: string, options: ProjectOptions) => {
    const { runNew } = await import('./new-command.ts')
    runNew(path, options)
  })

addNodeOptions(
  program
    .command('run')
    .description('start the application of a project on a node, without a shell')
    .argument('[folder]', 'the project', '.'),
).action(async (folder: string, options: NodeCommandOptions) => {
  const { runProject } = await import('./run-command.ts')
  await runProject(folder, options)
})

addNodeOptions(
  program
    .command('shell')
    .description('TypeScript at a prompt, on a node')
    .argument('[file]', 'a script to evaluate before the prompt'),
)
  .option('-S, --project <folder>', 'start the application of this project on the node')
  .option(
    '-e, --eval <code>',
    'evaluate the code first, and end with 1 if it throws; may be given more than once',
    collect,
  )
  .action(async (file: string | undefined, options: ShellCommandOptions) => {
    const { runShell } = await import('./shell-command.ts')
    await runShell(file, options)
  })

addNameOptions(
  program
    .command('remsh')
    .description('a shell on another node: of Moebi, or the iex of an Elixir node')
    .argument('<node>', 'app@host'),
)
  .addOption(distPortOption())
  .action(async (target: string, options: RemshOptions) => {
    const { runRemsh } = await import('./remsh-command.ts')
    await runRemsh(target, options)
  })

addNameOptions(
  program
    .command('observer')
    .description('a web page with the nodes, processes and crashes of a cluster, at a port of this machine')
    .argument(
      '[node]',
      'a node of the cluster, app@host; without it, the nodes that the epmd of this machine knows',
    ),
)
  .addOption(distPortOption())
  .addOption(
    new Option('--port <port>', 'the port of the page, 0 for a free one').argParser(pagePort).default(4001),
  )
  .action(async (target: string | undefined, options: ObserverCommandOptions) => {
    const { runObserver } = await import('./observer-command.ts')
    await runObserver(target, options)
  })

program
  .command('cert')
  .description('write a CA and a certificate for TLS between nodes, for development')
  .argument('<folder>', 'folder of the files')
  .option('--host <host>', 'a host of the node names; may be given more than once', collect)
  .action(async (folder: string, options: { readonly host?: readonly string[] }) => {
    const { runCert } = await import('./cert-command.ts')
    runCert(folder, options)
  })

program
  .command('epmd')
  .description('run an epmd, at which nodes register and find each other')
  .usage('[names] [--port <port>] [--idle <seconds>] [-address <list>] [-daemon] …')
  .argument('[arguments...]', "names, and the arguments of OTP's epmd")
  .allowUnknownOption()
  .addHelpText('after', epmdHelp)
  .action(async (_words: string[], _options: object, command: Command) => {
    const { runEpmdCommand } = await import('./epmd-command.ts')
    await runEpmdCommand(command.args)
  })

addNameOptions(
  program
    .command('test')
    .description('run the tests of the project with its vitest; other arguments are passed to vitest')
    .argument('[arguments...]', 'of vitest: names of files, and options'),
)
  .allowUnknownOption()
  .action(async (args: readonly string[], options: TestCommandOptions) => {
    const { runTests } = await import('./test-command.ts')
    await runTests(args, options)
  })

program
  .command('start')
  .description('start the nodes of the Chat example and a shell')
  .action(async () => {
    const { runStart } = await import('./start-command.ts')
    await runStart()
  })

// Other users can read the command line of a process.
program.hook('preAction', (_program, command) => {
  const { cookie } = command.opts<{ readonly cookie?: string }>()
  if (cookie) process.title = ['moebi', ...process.argv.slice(2)].join(' ').replaceAll(cookie, '***')
})

try {
  await program.parseAsync()
} catch (error) {
  // The message is for the user; a stack trace would not help.
  process.stderr.write(`moebi: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

function collect(code: string, before: string[] = []): string[] {
  return [...before, code]
}

function pagePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text)
  throw new InvalidArgumentError('Expected a port from 0 to 65535.')
}
