/**
 * Arguments of `moebi epmd`: its own, and all of OTP's `epmd`, so that a script named `epmd` which runs it can take the place of
 * OTP's on a PATH. https://www.erlang.org/doc/apps/erts/epmd_cmd
 */
import { epmdAddresses } from '../epmd/index.ts'

export interface EpmdArguments {
  /** What is done. `serve` runs an epmd in the foreground, `daemon` as a process of its own. The others ask a running epmd. */
  readonly action: 'serve' | 'daemon' | 'names' | 'started' | 'dump' | 'kill' | 'stop'
  /** The name to unregister, for `stop`. */
  readonly name?: string
  readonly port?: number
  /** Value of `-address`: IP addresses, separated by commas. */
  readonly address?: string
  /** In s: the epmd ends when no name was registered for that long. */
  readonly idle?: number
  readonly relaxed?: boolean
  /** In s. */
  readonly packetTimeout?: number
  /** In s. */
  readonly delayWrite?: number
  /** How often `-debug` was given. */
  readonly debug: number
  /** Whether an argument of OTP's epmd was given. Such an epmd prints to standard error only, and events only with `-debug`. */
  readonly quiet: boolean
}

/** Arguments of OTP's epmd that select an action, with the number of words that follow. Nothing may follow these. */
const actions = { names: 0, started: 0, dump: 0, kill: 0, stop: 1 } as const

/**
 * Parses the words after `moebi epmd`. Each option may be written with one or two hyphens.
 *
 * @throws Error with a sentence for an unknown argument or a wrong value
 */
export function parseEpmdArguments(words: readonly string[]): EpmdArguments {
  const parsed: { -readonly [Key in keyof EpmdArguments]: EpmdArguments[Key] } = {
    action: 'serve',
    debug: 0,
    quiet: words.some((word) => /^-[a-z]/.test(word)),
  }
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    const option = word.replace(/^--?/, '')
    const value = (): string => {
      const next = words[++at]
      if (next === undefined) throw new Error(`${word} needs a value. moebi epmd --help lists the arguments.`)
      return next
    }
    if (Object.hasOwn(actions, option) && (option === 'names' || word !== option)) {
      parsed.action = option as keyof typeof actions
      if (parsed.action === 'stop') parsed.name = value()
      continue
    }
    switch (word === option ? '' : option) {
      case 'port':
        parsed.port = portOf(value())
        break
      case 'address':
        parsed.address = value()
        epmdAddresses({ list: parsed.address })
        break
      case 'idle':
        parsed.idle = secondsOf(word, value())
        break
      case 'packet_timeout':
        parsed.packetTimeout = secondsOf(word, value())
        break
      case 'delay_write':
        parsed.delayWrite = secondsOf(word, value())
        break
      case 'relaxed_command_check':
        parsed.relaxed = true
        break
      case 'daemon':
        parsed.action = 'daemon'
        break
      case 'd':
      case 'debug':
        parsed.debug++
        break
      default:
        throw new Error(
          `epmd has no argument ${JSON.stringify(word)}. moebi epmd --help lists the arguments.`,
        )
    }
  }
  return parsed
}

function portOf(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new Error(`${JSON.stringify(text)} is no port: a port is a number from 1 to 65535.`)
}

function secondsOf(option: string, text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && seconds >= 0) return seconds
  throw new Error(`${option} needs a number of seconds, got ${JSON.stringify(text)}.`)
}
