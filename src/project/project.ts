import { existsSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkApplications, loadConfig } from '../config/index.ts'
import { Application, type ApplicationSpec } from '../gen/index.ts'
import { importedBy, importFile, versionOf } from '../loader/index.ts'
import type { Exports, Kernel } from '../process/index.ts'

/** Files of a project that may define its application. The first that exists is imported. */
const APPLICATION_FILES = ['application.ts', 'src/application.ts', 'application.js', 'src/application.js']

type Modules = Readonly<Record<string, Exports>>

/** Module of the application, and its file. */
interface ModuleSource {
  readonly name: string
  readonly file: string
  /** Version of the file when it was imported, see {@link versionOf}. */
  version: number
}

/** Project with an application, whose modules can be reloaded. */
export class Project {
  readonly spec: ApplicationSpec
  readonly #sources: readonly ModuleSource[]
  readonly #started = Date.now()

  private constructor(spec: ApplicationSpec, sources: readonly ModuleSource[]) {
    this.spec = spec
    this.#sources = sources
  }

  /**
   * Loads a project: its configuration, then its application, which is the default export of `application.ts`.
   *
   * @throws Error for a folder without such a file, a file without such an export, or a configuration that cannot be used
   */
  static async load(folder: string): Promise<Project> {
    const root = resolve(folder)
    const file = APPLICATION_FILES.map((place) => join(root, place)).find((place) => existsSync(place))
    if (!file)
      throw new Error(
        `${root} has no application: expected one of the files ${APPLICATION_FILES.join(', ')}, with ` +
          "export default Application.define({ name: 'chat', … }).",
      )
    const config = await loadConfig(root)
    const { default: spec } = (await importFile(file)) as { default?: ApplicationSpec }
    if (typeof spec?.name !== 'string')
      throw new Error(
        `${file} has no application as its default export: expected export default Application.define({ name: 'chat', … }).`,
      )
    const known = new Set([spec.name, ...packagesOf(root)])
    checkApplications(config, known, `${spec.name} (${relative(root, file)}) or a package of package.json`)
    return new Project(spec, await findModuleSources(file, spec))
  }

  /**
   * Starts the application. Returns its modules, which are in scope at the prompt.
   *
   * @param onStop called when the application has stopped
   * @throws Error that names the application and the reason for which it did not start
   */
  async start(onStop?: () => void): Promise<Modules> {
    const { spec } = this
    const stop = async (): Promise<void> => {
      await spec.stop?.()
      onStop?.()
    }
    try {
      await Application.start(onStop ? { ...spec, stop } : spec)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`the application ${this.spec.name} did not start: ${why}`, { cause })
    }
    return this.spec.modules ?? {}
  }

  /**
   * Imports the modules again whose files have changed, and defines them on the kernel, so that calls by name reach the new
   * functions. Running processes continue with the old code. Returns the reloaded modules.
   *
   * @param name reloads only this module, changed or not
   * @throws Error when the application has no such module
   */
  async reload(kernel: Kernel, name: string | undefined): Promise<Modules> {
    const modules = this.spec.modules ?? {}
    if (name !== undefined && !(name in modules))
      throw new Error(
        `${name} is not a module of the application ${this.spec.name}, which has: ${Object.keys(modules).join(', ')}.`,
      )
    const reloaded: Record<string, Exports> = {}
    for (const source of this.#sources) {
      const version = versionOf(source.file, this.#started)
      if (name === undefined ? version === source.version : name !== source.name) continue
      reloaded[source.name] = (await import(pathToFileURL(source.file).href)) as Exports
      source.version = version
    }
    for (const [module, exports] of Object.entries(reloaded))
      kernel.modules.redefine(module, exports, `the application ${this.spec.name}`, this.spec.floats)
    return reloaded
  }
}

// Finds the file of each module: the file among the application's imports whose namespace object is the module.
async function findModuleSources(file: string, { modules = {} }: ApplicationSpec): Promise<ModuleSource[]> {
  const found: ModuleSource[] = []
  for (const path of importedBy(file)) {
    const loaded: unknown = await import(pathToFileURL(path).href)
    for (const [name, module] of Object.entries(modules))
      if (module === loaded) found.push({ name, file: path, version: 0 })
  }
  return found
}

// Returns the names of the packages that a project depends on. Such a package can have a configuration.
function packagesOf(root: string): string[] {
  const file = join(root, 'package.json')
  if (!existsSync(file)) return []
  const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8')) as Partial<
    Record<'dependencies' | 'devDependencies', Readonly<Record<string, string>>>
  >
  return Object.keys({ ...dependencies, ...devDependencies })
}
