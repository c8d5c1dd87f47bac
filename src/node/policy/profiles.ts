import { type Kernel, THIS_NODE } from '../../process/index.ts'
import { Atom, Pid, Reference } from '../../term/index.ts'
import type { Rule } from './access.ts'

/**
 * Functions of the library that read secrets of the program or change it as a whole. A name without functions is the whole module.
 * `erlang:halt` and `init:stop` have an option of their own.
 */
const PRIVILEGED: ReadonlyMap<string, ReadonlySet<string> | undefined> = new Map(
  Object.entries({
    'Elixir.Application': ['fetch_env', 'fetch_env!', 'get_all_env', 'get_env', 'put_env', 'stop'],
    'Elixir.Node': ['set_cookie', 'spawn', 'spawn_link', 'spawn_monitor'],
    'Elixir.System': ['get_env', 'fetch_env', 'fetch_env!', 'put_env', 'delete_env'],
    application: ['get_all_env', 'get_env', 'set_env', 'stop', 'unload', 'unset_env'],
    code: ['delete', 'load_abs', 'load_binary', 'load_file', 'purge', 'soft_purge'],
    erlang: ['set_cookie'],
    os: ['cmd', 'env', 'getenv', 'putenv', 'unsetenv'],
    persistent_term: ['erase', 'get', 'info', 'put', 'put_new'],
  }).map(([module, names]) => [module, new Set(names)]),
)

/** Functions among these that read the environment of an application, and the applications in which that holds no secrets. */
const READS_ENV: ReadonlySet<string> = new Set(['fetch_env', 'fetch_env!', 'get_all_env', 'get_env'])
const OF_OTP: ReadonlySet<string> = new Set(['elixir', 'iex', 'kernel', 'logger', 'sasl', 'stdlib'])

/** Functions of the library that read the state of the node, its processes and its applications. */
const READING: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    'Elixir.Application': ['loaded_applications', 'spec', 'started_applications'],
    'Elixir.Node': ['alive?', 'list', 'ping', 'self'],
    'Elixir.Process': ['alive?', 'info', 'list', 'registered', 'whereis'],
    'Elixir.Registry': ['count', 'keys', 'lookup', 'values'],
    'Elixir.Supervisor': ['count_children', 'which_children'],
    'Elixir.DynamicSupervisor': ['count_children', 'which_children'],
    'Elixir.Task.Supervisor': ['children'],
    application: ['get_key', 'loaded_applications', 'which_applications'],
    application_controller: ['get_master'],
    appmon_info: ['start_link2'],
    code: ['all_loaded', 'ensure_loaded', 'get_mode', 'is_loaded', 'lib_dir', 'which'],
    // These trace nothing: their answers say so.
    dbg: ['deliver_and_flush', 'do_relay', 'erlang_trace', 'get_info'],
    erlang: [
      'date',
      'function_exported',
      'is_alive',
      'is_builtin',
      'is_process_alive',
      'localtime',
      'memory',
      'monotonic_time',
      'node',
      'nodes',
      'port_control',
      'ports',
      'process_info',
      'processes',
      'registered',
      'statistics',
      'system_info',
      'system_time',
      'time',
      'timestamp',
      'trace_info',
      'universaltime',
      'whereis',
    ],
    ets: ['all', 'info', 'lookup', 'member', 'tab2list'],
    global: ['registered_names', 'whereis_name'],
    net_adm: ['ping'],
    net_kernel: ['get_net_ticktime', 'get_state', 'longnames', 'nodename', 'node_info', 'nodes_info'],
    observer_backend: [
      'etop_collect',
      'fetch_stats',
      'get_port_list',
      'get_socket_list',
      'get_table',
      'get_table_list',
      'procs_info',
      'socket_info',
      'sys_info',
      'ttb_init_node',
      'ttb_stop',
      'ttb_write_trace_info',
      'vsn',
    ],
    os: ['getpid', 'system_time', 'timestamp', 'type', 'version'],
    pg: ['get_local_members', 'get_members', 'which_groups', 'which_local_groups'],
    proc_lib: ['get_label', 'initial_call', 'translate_initial_call'],
    recon: ['proc_count'],
    supervisor: ['count_children', 'which_children'],
    sys: ['get_state', 'get_status', 'statistics'],
  }).map(([module, names]) => [module, new Set(names)]),
)

/** Functions among these that the tools of OTP start as processes, and `module_info`, which every module has. */
const SPAWNED: ReadonlySet<string> = new Set(['dbg', 'observer_backend'])
const MODULE_INFO = 'module_info'

/** The module with which an observer reads the node. It shows the states and messages of all processes. */
const OBSERVER = 'moebi_observer'

/** Processes to which the peers of a node send messages for the protocols of the distribution itself. */
const OF_THE_NODE: ReadonlySet<string> = new Set(['global_name_server', 'net_kernel', 'pg', 'rex'])

/** The profile `exports`. @see Profile */
export function exportsRule(kernel: Kernel): Rule {
  return (question, args) => {
    const { target } = question
    if (target instanceof Pid) return isGivenAway(kernel, target)
    if (target instanceof Atom || target instanceof Reference) return true
    // These have options of their own: remoteShell and closures.
    if (question.operation === 'shell' || question.operation === 'closure') return true
    const { module, name, arity } = target
    const exported = kernel.modules.find(module, name, arity)
    if (exported && exported.definedBy !== THIS_NODE) return true
    if (module.name === OBSERVER) return false
    const privileged = PRIVILEGED.get(module.name)
    if (privileged?.has(name.name)) {
      const [application] = args
      // A remote shell of OTP 27 asks for the settings of its shell.
      return READS_ENV.has(name.name) && application instanceof Atom && OF_OTP.has(application.name)
    }
    return args.every((arg) => !(arg instanceof Pid) || isGivenAway(kernel, arg))
  }
}

/** The profile `observe`. @see Profile */
export function observeRule(kernel: Kernel): Rule {
  const ownFunctions = exportsRule(kernel)
  return (question, args) => {
    const { operation, target } = question
    if (operation === 'monitor') return true
    // A tool talks to the process that it has started here, and ends it.
    if (target instanceof Pid && isStartedBy(kernel, target, question.peer))
      return operation === 'send' || operation === 'link' || operation === 'exit'
    if (operation === 'send')
      return target instanceof Reference || OF_THE_NODE.has(nameOf(kernel, target as Pid | Atom))
    if (!('module' in target)) return false
    const { module, name } = target
    if (operation !== 'call' && !(operation === 'spawn' && SPAWNED.has(module.name))) return false
    if (module.name === OBSERVER) return operation === 'call'
    const isReading = name.name === MODULE_INFO || READING.get(module.name)?.has(name.name) === true
    return isReading && ownFunctions(question, args)
  }
}

function isStartedBy(kernel: Kernel, pid: Pid, peer: Atom | undefined): boolean {
  const startedBy = kernel.process(pid)?.origin?.peer
  return startedBy !== undefined && startedBy === peer
}

function nameOf(kernel: Kernel, target: Pid | Atom): string {
  const process = target instanceof Pid ? kernel.process(target) : undefined
  return (target instanceof Pid ? process?.registeredName?.name : target.name) ?? ''
}

/**
 * Whether the node has sent the pid of a process to another node, which interns it. A process that has ended needs no guard. A pid
 * from another node that names a process of this one is not the pid that the process has, until the node has sent that.
 */
function isGivenAway(kernel: Kernel, pid: Pid): boolean {
  const process = kernel.process(pid)
  return process === undefined || process.pid.interned
}
