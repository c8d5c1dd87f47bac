import { type ApplicationSpec, Application as Applications } from '../../../gen/index.ts'
import { Atom, atom, charlist, error, nameToAtom, ok, type Term, tuple } from '../../../term/index.ts'
import { badarg, type Functions, onTerms } from '../../value/index.ts'

const UNDEFINED = atom('undefined')
/** The value of an argument that is not given. */
const MISSING: Term = tuple()

function nameOf(application: Term): string {
  return application instanceof Atom ? application.name : badarg()
}

function started(): readonly Term[] {
  return Applications.startedApplications().map((name) => {
    const { description = '', version = '' } = Applications.spec(name) ?? {}
    return tuple(atom(name), charlist(description), charlist(version))
  })
}

/** Returns an entry of the definition of a started application, as the file of an application of Erlang has it. */
function keyOf(spec: ApplicationSpec, key: string): Term {
  switch (key) {
    case 'description':
      return charlist(spec.description ?? '')
    case 'vsn':
      return charlist(spec.version ?? '')
    case 'modules':
      return Object.keys(spec.modules ?? {}).map((name) => nameToAtom(name))
    case 'env':
      return environment(spec.name)
    case 'registered':
    case 'applications':
      return []
    default:
      return undefined
  }
}

const KEYS = ['description', 'vsn', 'modules', 'registered', 'applications', 'env']

function environment(name: string): readonly Term[] {
  return Object.entries(Applications.getAllEnv(name)).map(([key, value]) => tuple(atom(key), value as Term))
}

/** What modules of Elixir read of their own application, where the program has configured nothing else. */
const ELIXIR: Readonly<Record<string, Term>> = {
  ansi_enabled: false,
  time_zone_database: atom('Elixir.Calendar.UTCOnlyTimeZoneDatabase'),
}

function configured(application: Term, key: Term): Term {
  const [name, wanted] = [nameOf(application), nameOf(key)]
  const value = Applications.getEnv<Term>(name, wanted)
  const isDefault = value === undefined && name === 'elixir' && Object.hasOwn(ELIXIR, wanted)
  return isDefault ? ELIXIR[wanted] : value
}

async function stop(application: Term): Promise<Term> {
  const stopped = await Applications.stop(nameOf(application))
  return stopped ? ok : tuple(error, tuple(atom('not_started'), application))
}

/** The module `application`. @see https://www.erlang.org/doc/apps/kernel/application */
export const application: Functions = onTerms({
  get_all_env: (application: Term) => environment(nameOf(application)),
  get_env: (application: Term, key: Term, fallback: Term = MISSING) => {
    const value = configured(application, key)
    if (fallback === MISSING) return value === undefined ? UNDEFINED : tuple(ok, value)
    return value === undefined ? fallback : value
  },
  get_key: (application: Term, key: Term) => {
    const spec = Applications.spec(nameOf(application))
    const value = spec && keyOf(spec, nameOf(key))
    return value === undefined ? UNDEFINED : tuple(ok, value)
  },
  loaded_applications: started,
  stop,
  which_applications: (_timeout: Term = 5_000) => started(),
})

/** The function of `application_controller` by which tools find the processes of an application. */
export const applicationController: Functions = onTerms({
  get_master: (application: Term) => Applications.master(nameOf(application)) ?? UNDEFINED,
})

/** The module `Application`. */
export const Application: Functions = onTerms({
  fetch_env: (application: Term, key: Term) => {
    const value = configured(application, key)
    return value === undefined ? atom('error') : tuple(ok, value)
  },
  get_all_env: (application: Term) => environment(nameOf(application)),
  get_env: (application: Term, key: Term, fallback: Term = null) => {
    const value = configured(application, key)
    return value === undefined ? fallback : value
  },
  loaded_applications: started,
  put_env: (application: Term, key: Term, value: Term, _options: Term = []) => {
    Applications.putEnv(nameOf(application), nameOf(key), value)
    return ok
  },
  spec: (application: Term, key: Term = MISSING) => {
    const spec = Applications.spec(nameOf(application))
    if (!spec) return null
    if (key === MISSING) return KEYS.map((each) => tuple(atom(each), keyOf(spec, each)))
    return keyOf(spec, nameOf(key)) ?? null
  },
  started_applications: (_timeout: Term = 5_000) => started(),
  stop,
})
