import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

// Who may import whom. A folder stands below all that it imports, so imports go one way; what is not in a row is not
// needed there and not allowed. Another folder is imported through its index.ts only.
const mayImport: Readonly<Record<string, readonly string[]>> = {
  package: [],
  permission: [],
  certificate: [],
  clock: [],
  loader: ['package'],
  term: ['package'],
  etf: ['term'],
  epmd: ['permission'],
  process: ['clock', 'term'],
  io: ['term', 'process'],
  logger: ['term', 'process', 'io'],
  gen: ['clock', 'term', 'process'],
  distribution: ['clock', 'term', 'etf', 'process'],
  'erl-eval': ['term', 'etf', 'process', 'io', 'gen'],
  node: [
    'package',
    'permission',
    'clock',
    'term',
    'etf',
    'epmd',
    'process',
    'io',
    'logger',
    'distribution',
    'erl-eval',
  ],
  config: ['loader', 'term', 'gen'],
  worker: [
    'package',
    'permission',
    'clock',
    'loader',
    'term',
    'etf',
    'process',
    'logger',
    'gen',
    'node',
    'config',
  ],
  project: ['loader', 'process', 'gen', 'config'],
  'abstract-format': ['term', 'process', 'node'],
  closure: ['term', 'process', 'node', 'moebi'],
  shell: ['package', 'permission', 'loader', 'term', 'process', 'io', 'moebi'],
  generator: ['package', 'moebi'],
  test: [
    'package',
    'clock',
    'loader',
    'term',
    'config',
    'epmd',
    'process',
    'io',
    'logger',
    'gen',
    'node',
    'closure',
    'abstract-format',
    'moebi',
  ],
  observer: ['package', 'term', 'process', 'logger', 'gen', 'node'],
  cli: [
    'package',
    'certificate',
    'loader',
    'term',
    'epmd',
    'process',
    'io',
    'logger',
    'gen',
    'node',
    'config',
    'worker',
    'project',
    'closure',
    'abstract-format',
    'erl-eval',
    'shell',
    'generator',
    'test',
    'observer',
    'moebi',
  ],
}
// The sub-folders of a folder, in the same way: a sub-folder stands below all that it imports. '.' is the files beside index.ts.
// Sub-folders import each other through index.ts; files of '.' are imported directly, since index.ts imports everything.
const subfolders: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  process: {
    table: [],
    modules: [],
    scheduler: [],
    signals: ['table'],
    mailbox: ['table', 'scheduler'],
    '.': ['modules', 'scheduler', 'signals', 'mailbox'],
    reports: ['.'],
    'local-kernel': ['table', 'modules', 'scheduler', 'signals', 'mailbox', '.', 'reports'],
    api: ['table', 'modules', 'signals', 'mailbox', '.', 'local-kernel'],
    requests: ['.', 'api'],
  },
  term: { '.': [], inspect: ['.'], exit: ['.', 'inspect'], match: ['.', 'exit'] },
  etf: { '.': [], encode: ['.'], decode: ['.', 'encode'] },
  distribution: { ticks: [], '.': ['ticks'] },
  gen: {
    call: [],
    system: ['call'],
    child: ['call'],
    server: ['call', 'system', 'child'],
    supervisor: ['call', 'child', 'server'],
    agent: ['call', 'child', 'server'],
    registry: ['call', 'child', 'server'],
    task: ['call', 'child', 'server', 'supervisor'],
    application: ['child', 'server'],
  },
  node: {
    peers: [],
    discovery: ['peers'],
    'net-kernel': ['peers'],
    rpc: ['peers', 'net-kernel'],
    policy: ['rpc'],
    spawn: ['rpc'],
    modules: ['peers', 'net-kernel', 'rpc'],
    observed: ['peers'],
    probes: ['peers'],
    'runtime-tools': ['peers', 'net-kernel', 'modules'],
    global: ['peers', 'net-kernel', 'rpc'],
    pg: ['peers', 'net-kernel'],
    '.': [
      'peers',
      'discovery',
      'net-kernel',
      'rpc',
      'policy',
      'spawn',
      'modules',
      'observed',
      'runtime-tools',
      'probes',
      'global',
      'pg',
    ],
  },
  shell: {
    terminal: [],
    evaluator: [],
    helpers: ['terminal', 'evaluator'],
    '.': ['terminal', 'evaluator', 'helpers'],
    remote: ['terminal', 'evaluator', '.'],
  },
  observer: { server: [], remote: [], views: ['remote'], '.': ['server', 'views'] },
  test: {
    '.': [],
    peer: ['.'],
    plugin: ['.'],
  },
  'erl-eval': {
    value: [],
    machine: ['value'],
    bif: ['value', 'machine'],
    compiler: ['value', 'bif', 'machine'],
    'library/erlang': ['value', 'bif', 'machine'],
    'library/ets': ['value', 'bif', 'machine'],
    'library/regex': [],
    'library/otp': ['value', 'bif', 'machine', 'library/erlang', 'library/regex'],
    'library/elixir': ['value', 'bif', 'machine', 'library/erlang', 'library/otp'],
    library: ['value', 'machine', 'library/erlang', 'library/ets', 'library/otp', 'library/elixir'],
    '.': ['value', 'machine', 'compiler', 'library'],
  },
}

// src/index.ts, the package as its users see it. It imports every folder; only who offers the package's words in a shell
// imports it.
const whole = 'moebi'

// Only these open sockets, read files or start programs; the others are given bytes, functions and time.
const touchTheWorld = ['epmd', 'io', 'distribution', 'node', 'worker', 'shell', 'test', 'observer', 'cli']
const worldly = ['node:net', 'node:tls', 'node:dns', 'node:http', 'node:child_process', 'node:worker_threads']

const longest = 400

const root = join(import.meta.dirname, '..')
const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'))
  .sort()
const entryPoints = Object.keys(
  (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object }).exports,
).map((door) => `${door.slice(2)}/index.ts`)
const folders = [...new Set(files.map(folderOf))].filter((folder) => folder !== whole)

test('every folder of src has a row in the table of allowed imports', () => {
  const complaints = folders
    .filter((folder) => !mayImport[folder])
    .map((folder) => `src/${folder} has no row in test/architecture.test.ts: say what it may import`)
  expect(complaints).toEqual([])
})

test('the table itself has one direction: a folder imports only from rows above its own', () => {
  const order = Object.keys(mayImport)
  for (const [at, folder] of order.entries())
    for (const other of mayImport[folder]?.filter((other) => other !== whole) ?? [])
      expect(order.slice(0, at), `${folder} may not import ${other}, which stands below it`).toContain(other)
})

test('a folder imports only what the table allows, and only through an index.ts', () => {
  expect(files.flatMap((file) => importsOf(file).flatMap((target) => objection(file, target)))).toEqual([])
})

test('the sub-folders of a folder are in its table, and the table has one direction', () => {
  const complaints = [...new Set(files.map(subfolderOf))]
    .filter((path) => path.includes('/') && !path.endsWith('/.'))
    .filter((path) => !(path.slice(path.indexOf('/') + 1) in (subfolders[path.split('/')[0]!] ?? {})))
    .map((path) => `src/${path} has no row in test/architecture.test.ts: say what it may import`)
  expect(complaints).toEqual([])
  for (const [folder, table] of Object.entries(subfolders)) {
    const order = Object.keys(table)
    for (const [at, name] of order.entries())
      for (const other of table[name]!)
        expect(
          order.slice(0, at),
          `${folder}/${name} may not import ${other}, which stands below it`,
        ).toContain(other)
  }
})

test('no two files import each other, directly or through others; imports of types count', () => {
  expect(circles(files)).toEqual([])
})

test('only the folders at the edge open sockets and start programs', () => {
  const complaints = files
    .filter((file) => !touchTheWorld.includes(folderOf(file)))
    .flatMap((file) => importsOf(file).map((target) => [file, target] as const))
    .filter(([, target]) => worldly.some((module) => target === module || target.startsWith(`${module}/`)))
    .map(([file, target]) => `src/${file} imports ${target}; only ${touchTheWorld.join(', ')} may`)
  expect(complaints).toEqual([])
})

test('no folder below node uses the word Node', () => {
  const below = Object.keys(mayImport).slice(0, Object.keys(mayImport).indexOf('node'))
  const complaints = files
    .filter((file) => below.includes(folderOf(file)))
    .filter((file) => /\bNode\b/.test(withoutText(read(file))))
    .map((file) => `src/${file} says Node: the kernel asks a route, and node fills it from outside`)
  expect(complaints).toEqual([])
})

test(`no file of src has more than ${longest} lines`, () => {
  const complaints = files
    .map((file) => [file, read(file).trimEnd().split('\n').length] as const)
    .filter(([, lines]) => lines > longest)
    .map(
      ([file, lines]) =>
        `src/${file} has ${lines} lines, expected at most ${longest}: which two concepts are in it?`,
    )
  expect(complaints).toEqual([])
})

test('every entry point of the package is a folder with an index.ts, and is built from it', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Readonly<Record<string, unknown>>
  }
  for (const [door, target] of Object.entries(exports)) {
    if (door === './package.json') continue
    const folder = door === '.' ? '' : `${door.slice(2)}/`
    expect(files, `the door moebi/${folder} needs src/${folder}index.ts`).toContain(`${folder}index.ts`)
    expect(target, `the door ${door}`).toEqual({
      'moebi:source': `./src/${folder}index.ts`,
      default: `./dist/${folder}index.js`,
    })
  }
})

test('every dependency has a line in docs/dependencies.md, and every line is that of a dependency', () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>
  const page = readFileSync(join(root, 'docs/dependencies.md'), 'utf8')
  const lines = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name)
  expect(lines.sort()).toEqual([...Object.keys(dependencies), ...Object.keys(devDependencies)].sort())
})

test('docs/architecture.md has a row for every folder, which names its sub-folders', () => {
  const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const rows = new Map([...page.matchAll(/^\| `([\w-]+)` \|.*$/gm)].map(([row, folder]) => [folder, row]))
  const missing = folders.filter((folder) => !rows.has(folder)).map((folder) => `src/${folder}`)
  for (const [folder, table] of Object.entries(subfolders))
    for (const name of Object.keys(table))
      if (!/[./]/.test(name) && !rows.get(folder)?.includes(`\`${name}\``))
        missing.push(`src/${folder}/${name}`)
  expect(missing).toEqual([])
})

test('an import that the table does not allow is a sentence with the file, the import and what is allowed', () => {
  expect(objection('etf/reader.ts', '../process/index.ts')).toEqual([
    'src/etf/reader.ts imports ../process/index.ts; etf may import: term',
  ])
  expect(objection('etf/reader.ts', '../term/atom.ts')).toEqual([
    'src/etf/reader.ts imports ../term/atom.ts; another folder is imported through its index.ts only',
  ])
  expect(objection('etf/reader.ts', './index.ts')).toEqual([
    'src/etf/reader.ts imports ./index.ts; inside a folder, import the file itself',
  ])
  expect(objection('clock/clock.ts', '../term/index.ts')).toEqual([
    'src/clock/clock.ts imports ../term/index.ts; clock may import: nothing',
  ])
  expect(objection('etf/reader.ts', '../term/index.ts')).toEqual([])
})

/** What is wrong with this import, as a sentence; none when nothing is. */
function objection(file: string, target: string): string[] {
  if (!target.startsWith('.')) return []
  const says = (rule: string) => [`src/${file} imports ${target}; ${rule}`]
  if (target === './index.ts') return says('inside a folder, import the file itself')
  const at = folderOf(file)
  const path = new URL(target, `file:///${file}`).pathname.slice(1)
  const folder = folderOf(path)
  if (folder === at) return objectionInside(file, path, says)
  if (!/^([^/]+\/)?index\.ts$/.test(path) && !entryPoints.includes(path))
    return says('another folder is imported through its index.ts only')
  if (at === whole) return []
  const allowed = mayImport[at] ?? []
  return allowed.includes(folder) ? [] : says(`${at} may import: ${allowed.join(', ') || 'nothing'}`)
}

/** What is wrong with an import from one file of a folder to another, where the folder has sub-folders. */
function objectionInside(file: string, path: string, says: (rule: string) => string[]): string[] {
  const [at, to] = [subfolderOf(file), subfolderOf(path)].map((place) => place.slice(place.indexOf('/') + 1))
  if (at === to || file === `${folderOf(file)}/index.ts`) return []
  if (path === `${folderOf(file)}/index.ts`) return says('inside a folder, import the file itself')
  if (to !== '.' && !path.endsWith(`/${to}/index.ts`))
    return says('another sub-folder is imported through its index.ts only')
  const allowed = subfolders[folderOf(file)]?.[at!] ?? []
  return allowed.includes(to!)
    ? []
    : says(`${folderOf(file)}/${at} may import: ${allowed.join(', ') || 'nothing'} of its folder`)
}

/** The groups of files that reach each other over imports, each sorted: Tarjan's strongly connected components. */
function circles(all: readonly string[]): string[][] {
  const found: string[][] = []
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const visit = (file: string): void => {
    index.set(file, index.size)
    low.set(file, index.get(file)!)
    stack.push(file)
    for (const target of importsOf(file).filter((target) => target.startsWith('.'))) {
      const next = new URL(target, `file:///${file}`).pathname.slice(1)
      if (!index.has(next)) {
        visit(next)
        low.set(file, Math.min(low.get(file)!, low.get(next)!))
      } else if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, index.get(next)!))
    }
    if (low.get(file) !== index.get(file)) return
    const group = stack.splice(stack.indexOf(file))
    if (group.length > 1) found.push(group.sort())
  }
  for (const file of all) if (!index.has(file)) visit(file)
  return found.sort((a, b) => (a[0]! < b[0]! ? -1 : 1))
}

/** What a file names behind `from`, `import` or `import(`, types included. */
function importsOf(file: string): string[] {
  const code = read(file).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  return [...code.matchAll(/^(?:import|export|\}).*?from '([^']+)'|\bimport\(?\s*'([^']+)'/gm)].map(
    ([, from, direct]) => from ?? direct ?? '',
  )
}

/** The code without its comments and without what it says in strings. */
function withoutText(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/gm, '')
}

function read(file: string): string {
  const path = join(src, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : whole
}

/** `gen/server` for a file of that sub-folder, `gen/.` for one beside the folder's index.ts. */
function subfolderOf(file: string): string {
  const parts = file.split('/').slice(0, -1)
  return parts.length < 2 ? `${parts[0] ?? whole}/.` : parts.join('/')
}
