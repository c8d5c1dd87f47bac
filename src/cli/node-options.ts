import { type Command, InvalidArgumentError, Option } from 'commander'
import type { NodeOptions } from '../node/index.ts'

/** Options of the commands that start a node, as the command line gives them. */
export interface NodeCommandOptions {
  readonly sname?: string
  readonly name?: string
  readonly cookie?: string
  /** Folder of the certificates. */
  readonly tls?: string
  readonly hidden?: boolean
  readonly contact?: string
  readonly distPort?: number
  readonly inetDistListenMin?: number
  readonly inetDistListenMax?: number
  readonly distListen?: boolean
  readonly startEpmd?: boolean
  readonly tickWhileBlocked?: number
}

/** Adds the options of a node to a command. */
export function addNodeOptions(command: Command): Command {
  return addNameOptions(command)
    .option('--hidden', 'start a hidden node, which Node.list() of other nodes does not contain')
    .option('--contact <node>', 'the node that gives this one a name, for --sname undefined')
    .addOption(distPortOption())
    .addOption(
      new Option('--inet-dist-listen-min <port>', 'first port of a range to listen at').argParser(port),
    )
    .addOption(new Option('--inet-dist-listen-max <port>', 'last port of that range').argParser(port))
    .addOption(
      new Option('--dist-listen <boolean>', 'false: no node can connect to this one').argParser(boolean),
    )
    .addOption(new Option('--start-epmd <boolean>', 'false: start no epmd').argParser(boolean))
    .addOption(
      new Option('--tick-while-blocked <ms>', 'keep connections while the program computes').argParser(ms),
    )
}

/** Adds the options for the name, the cookie and TLS of a node. */
export function addNameOptions(command: Command): Command {
  return command
    .addOption(new Option('--sname <name>', 'give the node a short name, alex@localhost').conflicts('name'))
    .addOption(new Option('--name <name>', 'give the node a long name, alex@host.example.org'))
    .option('--cookie <cookie>', 'the secret that the nodes share, in place of ~/.erlang.cookie')
    .option('--tls <folder>', 'encrypt connections with the certificates in this folder, see moebi cert')
}

/** Returns the option for the port that all nodes have, which is also read from `ERL_DIST_PORT`. */
export function distPortOption(): Option {
  return new Option('--dist-port <port>', 'the port of this and of every other node, without epmd')
    .env('ERL_DIST_PORT')
    .argParser(port)
}

/** Returns the options of `Node.start`; undefined where the command line gives no name. */
export function nodeOptions(options: NodeCommandOptions): NodeOptions | undefined {
  const { sname, name, cookie, tls, hidden, contact, distPort, distListen, startEpmd } = options
  const { inetDistListenMin, inetDistListenMax, tickWhileBlocked } = options
  const own = sname ?? name
  if (own === undefined) return undefined
  const given = {
    hidden,
    cookie,
    tls,
    contact,
    distPort,
    inetDistListenMin,
    inetDistListenMax,
    distListen,
    startEpmd,
    tickWhileBlocked,
  }
  return {
    name: own,
    longNames: name !== undefined,
    ...(Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== undefined),
    ) as Partial<NodeOptions>),
  }
}

function port(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536) return Number(text)
  throw new InvalidArgumentError('Expected a port from 1 to 65535.')
}

function ms(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected milliseconds.')
}

function boolean(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new InvalidArgumentError('Expected true or false.')
}
