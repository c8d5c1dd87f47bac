import { basename, resolve } from 'node:path'
import * as moebi from '../index.ts'

/** Names of a project. */
export interface ProjectName {
  /** Name of the application: `my_chat`. */
  readonly app: string
  /** Name of its module, as other nodes call it: `MyChat`, or `My.Chat`. */
  readonly module: string
}

/** Applications of OTP and Elixir, and the packages of a generated project. */
const USED_APPLICATIONS = new Set(
  `asn1 common_test compiler crypto debugger dialyzer diameter edoc eldap erl_docgen erl_interface erts et eunit ftp inets
  jinterface kernel megaco mnesia observer odbc os_mon parsetools public_key reltool runtime_tools sasl snmp ssh ssl stdlib
  syntax_tools tftp tools wx xmerl eex elixir ex_unit hex iex logger mix moebi typescript vitest`.split(
    /\s+/,
  ),
)

/** Modules of Elixir that a node may be asked for. Those of Moebi and the globals of JavaScript are taken too. */
const ELIXIR_MODULES = new Set(
  `Access Atom Base Behaviour Bitwise Calendar Collectable Config DateTime Dict Duration EEx Enum Enumerable ExUnit Exception File
  Float GenEvent HashDict HashSet Hex IEx Inspect Integer JSON Kernel Keyword List Macro MapSet Mix Module NaiveDateTime OptionParser
  PartitionSupervisor Path Port Protocol Range Record Regex Stream String StringIO System Time Tuple URI Version`.split(
    /\s+/,
  ),
)

/**
 * Returns the names of a project, by the rules of `mix new`.
 *
 * @param path folder of the project, whose name is that of the application unless `app` is given
 * @throws Error for a name that is not valid or is used already
 */
export function projectName(path: string, options: Partial<ProjectName>): ProjectName {
  if (path === '') throw new Error('Expected PATH to be given, please use "moebi new PATH"')
  const app = options.app ?? basename(resolve(path))
  checkApplicationName(app, options.app === undefined ? path : undefined)
  const module = options.module ?? camelize(app)
  if (!/^[A-Z]\w*(\.[A-Z]\w*)*$/.test(module))
    throw new Error(
      `Module name must begin with an uppercase letter, followed by letters, numbers, or underscores (for example: Foo.Bar), ` +
        `got: ${JSON.stringify(module)}`,
    )
  if (module in moebi || module in globalThis || ELIXIR_MODULES.has(module))
    throw new Error(
      `Module name ${module} is already taken, please choose another name${options.module === undefined ? ' with the "--module MODULE" option' : ''}`,
    )
  return { app, module }
}

/** @param path folder from which the name was inferred */
function checkApplicationName(app: string, path: string | undefined): void {
  const inferred = (suggestion: string): string =>
    path === undefined
      ? ''
      : `. The application name is inferred from the path, if you'd like to explicitly name the application then use the "--app APP" option${suggestion}`
  if (!/^[a-z][a-z0-9_]*$/.test(app)) {
    const valid = app
      .toLowerCase()
      .replaceAll(/[^a-z0-9_]+/g, '_')
      .replace(/^[^a-z]+/, '')
      .replace(/_+$/, '')
    throw new Error(
      'Application name must start with a lowercase ASCII letter, followed by lowercase ASCII letters, numbers, or underscores, ' +
        `got: ${JSON.stringify(app)}${inferred(valid === '' || path === undefined ? '' : `: moebi new ${quoted(path)} --app ${valid}`)}`,
    )
  }
  if (USED_APPLICATIONS.has(app))
    throw new Error(
      `Cannot use application name ${JSON.stringify(app)} because it is already used by Erlang/OTP, Elixir or Moebi${inferred('')}`,
    )
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

/** `my_chat` to `MyChat`. @see `Macro.camelize/1` */
function camelize(app: string): string {
  return app
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')
}
