import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Application, type ApplicationSpec } from '../gen/index.ts'
import type { Exports, Kernel } from '../process/index.ts'
import { importedBy, versionOf } from './project-files.ts'
import { registerTypeScriptHooks } from './register-typescript-hooks.ts'

/** Where a project's application may be, the first that is there. */
const APPLICATION_FILES = ['application.ts', 'src/application.ts', 'application.js', 'src/application.js']

type Modules = Readonly<Record<string, Exports>>

/** A module of the application, and the file that it is. */
interface ModuleSource {
  readonly name: string
  readonly file: string
  /** Of when it was loaded. */
  version: number
}

/** The application of a project, whose modules can be loaded again. */
export class Project {
  readonly spec: ApplicationSpec
  readonly #sources: readonly ModuleSource[]
  readonly #started = Date.now()

  private constructor(spec: ApplicationSpec, sources: readonly ModuleSource[]) {
    this.spec = spec
    this.#sources = sources
  }

  /**
   * Finds the application of a project: what `application.ts` exports as its default.
   *
   * @throws Error that says where it was looked for, or what is wrong with it
   */
  static async load(folder: string): Promise<Project> {
    const root = resolve(folder)
    const file = APPLICATION_FILES.map((place) => join(root, place)).find((place) => existsSync(place))
    if (!file)
      throw new Error(
        `${root} has no application: expected one of ${APPLICATION_FILES.join(', ')} there, with ` +
          "export default Application.define({ name: 'chat', … }).",
      )
    registerTypeScriptHooks()
    const { default: spec } = (await import(pathToFileURL(file).href)) as { default?: ApplicationSpec }
    if (typeof spec?.name === 'string') return new Project(spec, await findModuleSources(file, spec))
    throw new Error(
      `${file} has no application as its default export: expected export default Application.define({ name: 'chat', … }).`,
    )
  }

  /**
   * Starts the application, and returns its modules: they are words at the prompt.
   *
   * @throws Error that says which application did not start, and why
   */
  async start(): Promise<Modules> {
    try {
      await Application.start(this.spec)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`the application ${this.spec.name} did not start: ${why}`, { cause })
    }
    return this.spec.modules ?? {}
  }

  /**
   * Loads the modules whose files have changed, and makes their functions those that other nodes call. Processes that run
   * go on with the code they have.
   *
   * @param name only this module, changed or not
   * @throws Error when there is no such module in the application
   */
  async reload(kernel: Kernel, name: string | undefined): Promise<Modules> {
    const modules = this.spec.modules ?? {}
    if (name !== undefined && !(name in modules))
      throw new Error(
        `${name} is no module of the application ${this.spec.name}, which has: ${Object.keys(modules).join(', ')}.`,
      )
    const fresh: Record<string, Exports> = {}
    for (const source of this.#sources) {
      const version = versionOf(source.file, this.#started)
      if (name === undefined ? version === source.version : name !== source.name) continue
      fresh[source.name] = (await import(pathToFileURL(source.file).href)) as Exports
      source.version = version
    }
    for (const [one, exports] of Object.entries(fresh)) kernel.modules.define(one, exports)
    return fresh
  }
}

// Which of the files that an application imports are its modules: told by what they were loaded as.
async function findModuleSources(file: string, { modules = {} }: ApplicationSpec): Promise<ModuleSource[]> {
  const found: ModuleSource[] = []
  for (const path of importedBy(file)) {
    const loaded: unknown = await import(pathToFileURL(path).href)
    for (const [name, module] of Object.entries(modules))
      if (module === loaded) found.push({ name, file: path, version: 0 })
  }
  return found
}
