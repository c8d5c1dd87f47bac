import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { packageFolder } from '../package/index.ts'
import { dependencyOn, localSource, ownManifest } from './package-source.ts'
import { type ProjectName, projectName } from './project-name.ts'

export interface ProjectOptions extends Partial<ProjectName> {
  /** Whether the application has a supervision tree. */
  readonly sup?: boolean
}

export interface GeneratedProject {
  /** Paths of the created folders and files in the project, in the order in which they were created. */
  readonly created: readonly string[]
  /** The version of this package in package.json. */
  readonly dependency: string
}

/** Folder of templates in `templates/`, path of the template, and path of the file in the project. */
type TemplateFile = readonly [folder: string, template: string, target: string]

/**
 * Creates a project in a folder that does not exist, or in an empty one that is named `.`.
 *
 * @param path folder of the project
 * @throws Error for a name that is not valid, or a folder that exists or cannot be created. Then nothing is left on the disk.
 */
export function generateProject(path: string, options: ProjectOptions): GeneratedProject {
  const name = projectName(path, options)
  const root = resolve(path)
  checkFolder(path, root)
  const dependency = dependencyOn(localSource(), root)
  const files = templates(name, options.sup ?? false)
  const values = valuesFor(name, dependency)
  return { created: write(path, root, files, values), dependency }
}

function templates({ module }: ProjectName, sup: boolean): readonly TemplateFile[] {
  const file = fileOf(module)
  return [
    ['project', 'README.md', 'README.md'],
    // npm packs no file that is called .gitignore.
    ['project', 'gitignore', '.gitignore'],
    ['project', 'dockerignore', '.dockerignore'],
    ['project', 'Dockerfile', 'Dockerfile'],
    ['project', 'package.json', 'package.json'],
    ['project', 'tsconfig.json', 'tsconfig.json'],
    ['project', 'biome.json', 'biome.json'],
    ['project', 'vitest.config.ts', 'vitest.config.ts'],
    ['project', 'config/config.ts', 'config/config.ts'],
    ['project', 'config/dev.ts', 'config/dev.ts'],
    ['project', 'config/test.ts', 'config/test.ts'],
    ['project', 'config/prod.ts', 'config/prod.ts'],
    ['project', 'config/runtime.ts', 'config/runtime.ts'],
    [sup ? 'with-supervisor' : 'without-supervisor', 'src/application.ts', 'src/application.ts'],
    ['project', 'src/module.ts', `src/${file}.ts`],
    ['project', 'test/test-helper.ts', 'test/test-helper.ts'],
    ['project', 'test/module.test.ts', `test/${file}.test.ts`],
  ]
}

// Values of the placeholders in templates: {{app}}.
function valuesFor({ app, module }: ProjectName, dependency: string): ReadonlyMap<string, string> {
  const { devDependencies } = ownManifest()
  const file = fileOf(module)
  // The name of the module in code. A part of My.Chat may be the name of something else.
  const variable = module.replaceAll('.', '')
  return new Map([
    ['app', app],
    ['Module', module],
    ['Name', variable],
    ['export', variable === module ? module : `'${module}': ${variable}`],
    ['file', `${file}.ts`],
    ['up', '../'.repeat(file.split('/').length)],
    ['dockerNote', dependency.startsWith('file:') ? dockerNote(dependency.slice('file:'.length)) : ''],
    ['version:moebi', dependency],
    ...Object.entries(devDependencies).map(([name, version]) => [`version:${name}`, version] as const),
  ])
}

function dockerNote(source: string): string {
  const install = source.endsWith('.tgz')
    ? `cp ${source} . && npm install ./${source.split('/').at(-1)}`
    : `npm pack ${source} && npm install ./moebi-${ownManifest().version}.tgz`
  return `
Docker sees only this folder, and moebi is installed from \`${source}\`. Put the package into this folder first, and remove \`*.tgz\` from
\`.gitignore\`:

\`\`\`
${install}
\`\`\`
`
}

function write(
  path: string,
  root: string,
  files: readonly TemplateFile[],
  values: ReadonlyMap<string, string>,
): string[] {
  const created: string[] = []
  // The outermost folder that did not exist: it is removed when a file cannot be written.
  let outermost: string | undefined
  try {
    outermost = makeFolder(root)
    for (const [folder, template, target] of files) {
      for (const parent of parentsOf(target))
        if (!created.includes(parent)) {
          mkdirSync(join(root, parent))
          created.push(parent)
        }
      const text = readFileSync(new URL(`templates/${folder}/${template}`, packageFolder), 'utf8')
      writeFileSync(join(root, target), fill(text, values), { flag: 'wx' })
      created.push(target)
    }
    return created
  } catch (cause) {
    if (outermost !== undefined) rmSync(outermost, { recursive: true, force: true })
    else for (const made of created.reverse()) rmSync(join(root, made), { recursive: true, force: true })
    throw new Error(`The project ${path} was not created: ${(cause as Error).message}`, { cause })
  }
}

// Creates a folder and its parents, and returns the outermost folder that did not exist. The option `recursive` of mkdirSync never
// returns for a folder below /proc.
function makeFolder(path: string): string | undefined {
  if (existsSync(path)) return undefined
  const outermost = makeFolder(dirname(path))
  mkdirSync(path)
  return outermost ?? path
}

function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\{\{([^{}]+)\}\}/g, (_, name: string) => {
    const value = values.get(name)
    if (value === undefined) throw new Error(`a template has the unknown placeholder ${name}`)
    return value
  })
}

function checkFolder(path: string, root: string): void {
  if (!existsSync(root)) return
  const isEmpty = (): boolean => readdirSync(root).every((file) => file === '.git')
  if (path === '.' && isEmpty()) return
  throw new Error(
    `The directory ${JSON.stringify(path)} already exists. Please select another directory for installation`,
  )
}

/** Returns the folders of a file, the outermost first: `test`, `test/my` for `test/my/chat.test.ts`. */
function parentsOf(file: string): string[] {
  const parent = dirname(file)
  return parent === '.' ? [] : [...parentsOf(parent), parent]
}

/** Returns the path of a module's file, without its extension: `my/web-chat` for `My.WebChat`. */
function fileOf(module: string): string {
  return module
    .split('.')
    .map((part) =>
      part
        .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
        .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1-$2')
        .replaceAll('_', '-')
        .toLowerCase(),
    )
    .join('/')
}
