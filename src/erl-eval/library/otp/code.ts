import { Atom, atom, tuple } from '../../../term/index.ts'
import { currentMachine } from '../../machine/index.ts'
import { badarg, type Functions, items, listOf, NIL } from '../../value/index.ts'

const OK = atom('ok')
const ERROR = atom('error')
const MODULE = atom('module')
const NON_EXISTING = atom('non_existing')
/** Result of the functions that load code, which this node does not do. */
const NOT_LOADED = tuple(ERROR, atom('badfile'))

function has(module: unknown): boolean | Promise<boolean> {
  return module instanceof Atom ? currentMachine().codeLoader.hasModule(module) : badarg()
}

async function ensureLoaded(module: unknown): Promise<unknown> {
  return (await has(module)) ? tuple(MODULE, module) : tuple(ERROR, atom('nofile'))
}

/** The modules that programs and this node have defined. They have no file of Erlang, as a module that is preloaded. */
const loaded = (): unknown => {
  const { modules } = currentMachine().process.kernel
  return listOf(modules.names().map((name) => tuple(name, atom('preloaded'))))
}

/** The module `code`. A module counts as loaded when this node has it or can fetch it. @see https://www.erlang.org/doc/apps/kernel/code */
export const code: Functions = {
  all_loaded: loaded,
  all_available: loaded,
  clash: () => OK,
  delete: (_module: unknown) => false,
  ensure_loaded: ensureLoaded,
  ensure_modules_loaded: async (modules: unknown) => {
    const names = [...items(modules)]
    // All are asked before the first await: the machine is known only until then.
    const found = await Promise.all(names.map(has))
    const failed = names.filter((_, index) => !found[index]).map((name) => tuple(name, atom('nofile')))
    return failed.length === 0 ? OK : tuple(ERROR, listOf(failed))
  },
  get_mode: () => atom('interactive'),
  get_object_code: (_module: unknown) => ERROR,
  get_path: () => NIL,
  is_loaded: async (module: unknown) =>
    (await has(module)) ? tuple(atom('file'), atom('preloaded')) : false,
  is_sticky: (_module: unknown) => false,
  lib_dir: (_name: unknown) => tuple(ERROR, atom('bad_name')),
  load_abs: (_file: unknown) => NOT_LOADED,
  load_binary: (_module: unknown, _file: unknown, _binary: unknown) => NOT_LOADED,
  load_file: (_module: unknown) => tuple(ERROR, atom('nofile')),
  module_status: async (module: unknown) => atom((await has(module)) ? 'loaded' : 'not_loaded'),
  modified_modules: () => NIL,
  priv_dir: (_name: unknown) => tuple(ERROR, atom('bad_name')),
  purge: (_module: unknown) => false,
  soft_purge: (_module: unknown) => true,
  where_is_file: (_name: unknown) => NON_EXISTING,
  which: async (module: unknown) => ((await has(module)) ? atom('preloaded') : NON_EXISTING),
}

/** The functions of the module `Code` that ask about modules. */
export const Code: Functions = {
  'ensure_loaded?': async (module: unknown) => has(module),
  ensure_loaded: ensureLoaded,
  ensure_compiled: ensureLoaded,
  'loaded?': async (module: unknown) => has(module),
}
