import { Atom, atom, Pid, Reference, TupleClass, tuple } from '../../../term/index.ts'
import { call, currentMachine, type Steps } from '../../machine/index.ts'
import {
  add,
  badarg,
  Cons,
  compareValues,
  type Functions,
  isInteger,
  isList,
  items,
  listOf,
} from '../../value/index.ts'
import {
  compileMatchSpec,
  type MatchSpec,
  matchesPattern,
  objectsMatching,
  runMatchSpec,
  variablesMatching,
} from './match-spec.ts'
import { type Protection, Table, type TableType } from './table.ts'
import { currentTables, idOf } from './tables.ts'

const END = atom('$end_of_table')
const UNDEFINED = atom('undefined')
const NONE = atom('none')
const COMPILED = atom('moebi_match_spec')

type Access = 'read' | 'write'

/** Returns a table that the current process may use. Raises `badarg` for any other. */
function tableOf(id: unknown, access: Access = 'read'): Table {
  const table = currentTables().find(id) ?? badarg()
  const allowed =
    table.protection === 'public' ||
    (table.protection === 'protected' && access === 'read') ||
    table.owner === currentMachine().process
  return allowed ? table : badarg()
}

const TYPES = new Set(['set', 'ordered_set', 'bag', 'duplicate_bag'])
const PROTECTIONS = new Set(['public', 'protected', 'private'])
/** Options that change the speed of a table on a BEAM, and nothing here. */
const TUNING = new Set(['read_concurrency', 'write_concurrency', 'decentralized_counters'])

function newTable(name: unknown, options: unknown): unknown {
  if (!(name instanceof Atom)) return badarg()
  const { process } = currentMachine()
  let type: TableType = 'set'
  let protection: Protection = 'protected'
  let named = false
  let keyPosition = 1
  let heir: Table['heir']
  for (const option of items(options)) {
    if (option instanceof Atom) {
      if (TYPES.has(option.name)) type = option.name as TableType
      else if (PROTECTIONS.has(option.name)) protection = option.name as Protection
      else if (option.name === 'named_table') named = true
      else if (option.name !== 'compressed') badarg()
      continue
    }
    if (!(option instanceof TupleClass)) return badarg()
    const [key, value, data] = option.elements as readonly unknown[]
    const word = key instanceof Atom ? key.name : ''
    if (word === 'keypos' && typeof value === 'number' && value > 0) keyPosition = value
    else if (word === 'heir') heir = heirOf(value, data)
    else if (!TUNING.has(word)) badarg()
  }
  const table = new Table(name, process, {
    ref: process.kernel.makeRef(),
    type,
    keyPosition,
    protection,
    named,
  })
  table.heir = heir
  currentTables().add(table)
  return idOf(table)
}

function heirOf(pid: unknown, data: unknown): Table['heir'] {
  if (pid === NONE) return undefined
  return pid instanceof Pid ? { pid, data } : badarg()
}

/** Returns the objects of `insert`: one tuple, or a list of tuples. All of them have keys. */
function objectsOf(table: Table, given: unknown): TupleClass[] {
  const objects = isList(given) ? items(given) : [given]
  for (const object of objects) table.keyOf(object)
  return objects as TupleClass[]
}

const keyOrEnd = (found: { readonly key: unknown } | undefined): unknown => (found ? found.key : END)

function select(objects: readonly TupleClass[], spec: MatchSpec): unknown[] {
  const results: unknown[] = []
  for (const object of objects) {
    const found = spec(object)
    if (found) results.push(found.result)
  }
  return results
}

/** Returns `{Results, Continuation}` with at most `limit` results. A continuation holds the results that are left. */
function chunk(id: unknown, results: readonly unknown[], limit: unknown): unknown {
  if (typeof limit !== 'number' || limit < 1) return badarg()
  if (results.length === 0) return END
  const rest = results.slice(limit)
  return tuple(listOf(results.slice(0, limit)), rest.length > 0 ? tuple(id, limit, listOf(rest)) : END)
}

function following(continuation: unknown): unknown {
  if (continuation === END) return END
  if (!(continuation instanceof TupleClass) || continuation.length !== 3) return badarg()
  const [id, limit, rest] = continuation.elements as readonly unknown[]
  return chunk(id, items(rest), limit)
}

type SpecOf = (given: unknown) => MatchSpec

const selecting =
  (specOf: SpecOf, reversed = false) =>
  (id: unknown, given: unknown = undefined, limit: unknown = undefined): unknown => {
    if (given === undefined) return following(id)
    const objects = tableOf(id).objects()
    const results = select(reversed ? objects.reverse() : objects, specOf(given))
    return limit === undefined ? listOf(results) : chunk(id, results, limit)
  }

function selectDelete(id: unknown, spec: unknown): number {
  const table = tableOf(id, 'write')
  const test = compileMatchSpec(spec)
  const found = table.objects().filter((object) => test(object)?.result === true)
  for (const object of found) table.deleteObject(object)
  return found.length
}

function selectReplace(id: unknown, spec: unknown): number {
  const table = tableOf(id, 'write')
  const test = compileMatchSpec(spec)
  let count = 0
  for (const object of table.objects()) {
    const found = test(object)
    if (!found) continue
    if (table.isBag || compareValues(table.keyOf(found.result), table.keyOf(object)) !== 0) badarg()
    table.insert(found.result as TupleClass)
    count++
  }
  return count
}

/** The only object of a key, for functions that change its elements. Tables whose keys have several objects raise `badarg`. */
function objectToUpdate(table: Table, key: unknown, initial: unknown): TupleClass | undefined {
  if (table.isBag) return badarg()
  const [object] = table.lookup(key)
  if (object || initial === undefined) return object
  table.keyOf(initial)
  const elements = [...((initial as TupleClass).elements as readonly unknown[])]
  elements[table.keyPosition - 1] = key
  return new TupleClass(elements)
}

function withElement(table: Table, object: TupleClass, position: unknown, value: unknown): TupleClass {
  if (
    typeof position !== 'number' ||
    position < 1 ||
    position > object.length ||
    position === table.keyPosition
  )
    return badarg()
  return new TupleClass((object.elements as readonly unknown[]).with(position - 1, value))
}

function updateCounter(id: unknown, key: unknown, operation: unknown, initial: unknown = undefined): unknown {
  const table = tableOf(id, 'write')
  const before = objectToUpdate(table, key, initial) ?? badarg()
  let object = before
  const results: unknown[] = []
  for (const step of isList(operation) ? items(operation) : [operation]) {
    const parts =
      step instanceof TupleClass ? (step.elements as readonly unknown[]) : [table.keyPosition + 1, step]
    const [position, increment, threshold, reset] = parts
    if (!isInteger(increment) || typeof position !== 'number') return badarg()
    const old = (object.elements as readonly unknown[])[position - 1]
    if (!isInteger(old)) return badarg()
    let value = add(old, increment)
    if (threshold !== undefined) {
      const beyond = increment < 0 ? compareValues(value, threshold) < 0 : compareValues(value, threshold) > 0
      if (beyond) value = reset
    }
    object = withElement(table, object, position, value)
    results.push(value)
  }
  table.insert(object)
  return isList(operation) ? listOf(results) : results[0]
}

function updateElement(id: unknown, key: unknown, changes: unknown, initial: unknown = undefined): boolean {
  const table = tableOf(id, 'write')
  const before = objectToUpdate(table, key, initial)
  const list = isList(changes) ? items(changes) : [changes]
  const pairs = list.map((change) =>
    change instanceof TupleClass && change.length === 2 ? change.elements : badarg(),
  )
  if (!before) return false
  let object = before
  for (const [position, value] of pairs as readonly (readonly unknown[])[])
    object = withElement(table, object, position, value)
  table.insert(object)
  return true
}

const infoItems: Readonly<Record<string, (table: Table) => unknown>> = {
  id: (table) => table.ref,
  decentralized_counters: () => false,
  read_concurrency: () => false,
  write_concurrency: () => false,
  compressed: () => false,
  memory: (table) => 300 + table.size * 8,
  owner: (table) => table.owner.pid,
  heir: (table) => table.heir?.pid ?? NONE,
  name: (table) => table.name,
  size: (table) => table.size,
  node: (table) => table.owner.kernel.name,
  named_table: (table) => table.named,
  type: (table) => atom(table.type),
  keypos: (table) => table.keyPosition,
  protection: (table) => atom(table.protection),
}

function info(id: unknown, item: unknown = undefined): unknown {
  if (!(id instanceof Atom || id instanceof Reference)) return badarg()
  const table = currentTables().find(id)
  if (!table) return UNDEFINED
  if (item === undefined)
    return listOf(Object.entries(infoItems).map(([name, value]) => tuple(atom(name), value(table))))
  const name = item instanceof Atom ? item.name : badarg()
  if (name === 'fixed' || name === 'safe_fixed') return false
  return Object.hasOwn(infoItems, name) ? infoItems[name]!(table) : badarg()
}

function lookupElement(id: unknown, key: unknown, position: unknown, fallback: unknown = undefined): unknown {
  const table = tableOf(id)
  const objects = table.lookup(key)
  if (objects.length === 0) return fallback === undefined ? badarg() : fallback
  const values = objects.map((object) =>
    typeof position === 'number' && position >= 1 && position <= object.length
      ? (object.elements as readonly unknown[])[position - 1]
      : badarg(),
  )
  return table.isBag ? listOf(values) : values[0]
}

const isCompiled = (spec: unknown): boolean => spec instanceof TupleClass && spec.elements[0] === COMPILED

/** Returns a specification that `match_spec_compile` has returned, compiled. */
function compiled(spec: unknown): MatchSpec {
  return isCompiled(spec) ? compileMatchSpec((spec as TupleClass).elements[1]) : badarg()
}

/** The module `ets`. Functions that are missing here are written in Erlang, and are fetched. @see https://www.erlang.org/doc/apps/stdlib/ets */
export const ets: Functions = {
  new: newTable,
  all: () => listOf(currentTables().all().map(idOf)),
  delete: (id: unknown, key: unknown = undefined) => {
    const table = tableOf(id, 'write')
    if (key === undefined) currentTables().delete(table)
    else table.delete(key)
    return true
  },
  delete_all_objects: (id: unknown) => {
    tableOf(id, 'write').clear()
    return true
  },
  internal_delete_all: (id: unknown, _reserved: unknown) => {
    const table = tableOf(id, 'write')
    const { size } = table
    table.clear()
    return size
  },
  delete_object: (id: unknown, object: unknown) => {
    tableOf(id, 'write').deleteObject(object)
    return true
  },
  insert: (id: unknown, given: unknown) => {
    const table = tableOf(id, 'write')
    for (const object of objectsOf(table, given)) table.insert(object)
    return true
  },
  insert_new: (id: unknown, given: unknown) => {
    const table = tableOf(id, 'write')
    const objects = objectsOf(table, given)
    if (objects.some((object) => table.has(table.keyOf(object)))) return false
    for (const object of objects) table.insert(object)
    return true
  },
  lookup: (id: unknown, key: unknown) => listOf(tableOf(id).lookup(key)),
  lookup_element: lookupElement,
  member: (id: unknown, key: unknown) => tableOf(id).has(key),
  take: (id: unknown, key: unknown) => {
    const table = tableOf(id, 'write')
    const taken = listOf(table.lookup(key))
    table.delete(key)
    return taken
  },
  first: (id: unknown) => keyOrEnd(tableOf(id).first()),
  last: (id: unknown) => keyOrEnd(tableOf(id).last()),
  next: (id: unknown, key: unknown) => keyOrEnd(tableOf(id).next(key)),
  prev: (id: unknown, key: unknown) => keyOrEnd(tableOf(id).previous(key)),
  slot: (id: unknown, index: unknown) => {
    const objects = typeof index === 'number' ? tableOf(id).slot(index) : badarg()
    return objects ? listOf(objects) : END
  },
  tab2list: (id: unknown) => listOf(tableOf(id).objects()),
  *foldl(fn: unknown, initial: unknown, id: unknown): Steps {
    let result = initial
    for (const object of tableOf(id).objects()) result = yield call(fn, object, result)
    return result
  },
  *foldr(fn: unknown, initial: unknown, id: unknown): Steps {
    let result = initial
    for (const object of tableOf(id).objects().reverse()) result = yield call(fn, object, result)
    return result
  },
  match: selecting(variablesMatching),
  match_object: selecting(objectsMatching),
  match_delete: (id: unknown, pattern: unknown) => {
    const table = tableOf(id, 'write')
    for (const object of table.objects())
      if (matchesPattern(pattern, object, new Map())) table.deleteObject(object)
    return true
  },
  select: selecting(compileMatchSpec),
  select_reverse: selecting(compileMatchSpec, true),
  select_count: (id: unknown, spec: unknown) =>
    select(tableOf(id).objects(), compileMatchSpec(spec)).filter((result) => result === true).length,
  select_delete: selectDelete,
  internal_select_delete: selectDelete,
  select_replace: selectReplace,
  update_counter: updateCounter,
  update_element: updateElement,
  info,
  whereis: (name: unknown) => {
    if (name instanceof Reference) return currentTables().find(name)?.ref ?? UNDEFINED
    return name instanceof Atom ? (currentTables().find(name)?.ref ?? UNDEFINED) : badarg()
  },
  rename: (id: unknown, name: unknown) => {
    if (!(name instanceof Atom)) return badarg()
    currentTables().rename(tableOf(id, 'write'), name)
    return name
  },
  give_away: (id: unknown, pid: unknown, data: unknown) => {
    const table = currentTables().find(id) ?? badarg()
    const { process } = currentMachine()
    const receiver = pid instanceof Pid ? process.kernel.process(pid) : undefined
    if (table.owner !== process || !receiver || receiver === process) return badarg()
    currentTables().give(table, receiver, data)
    return true
  },
  setopts: (id: unknown, options: unknown) => {
    const table = currentTables().find(id) ?? badarg()
    if (table.owner !== currentMachine().process) return badarg()
    for (const option of options instanceof TupleClass ? [options] : items(options)) {
      if (!(option instanceof TupleClass) || option.elements[0] !== atom('heir')) return badarg()
      table.heir = heirOf(option.elements[1], option.elements[2])
    }
    return true
  },
  safe_fixtable: (id: unknown, _fix: unknown) => tableOf(id) !== undefined,
  is_compiled_ms: isCompiled,
  match_spec_compile: (spec: unknown) => {
    compileMatchSpec(spec)
    return tuple(COMPILED, spec)
  },
  match_spec_run: (objects: unknown, spec: unknown) => runMatchSpec(objects, compiled(spec)),
  match_spec_run_r: (objects: unknown, spec: unknown, tail: unknown) =>
    items(runMatchSpec(objects, compiled(spec))).reduce((rest, result) => new Cons(result, rest), tail),
}
