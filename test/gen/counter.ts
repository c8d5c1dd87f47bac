import {
  deferredReply,
  type From,
  GenServer,
  type NoReply,
  noreply,
  reply,
  stop,
} from '../../src/gen/index.ts'
import { asReason, self, send, sleep } from '../../src/process/index.ts'
import { _, atom, match, ok, on, type Pid, type Term } from '../../src/term/index.ts'

interface State {
  readonly n: number
  readonly waiting: readonly From<string>[]
  /** Who hears of a timeout. */
  readonly whom?: Pid
}

const plus = (state: State, by: number): State => ({ ...state, n: state.n + by })

const addAll =
  ([by, ...rest]: readonly number[]) =>
  (state: State): NoReply<State> =>
    by === undefined ? noreply(state) : noreply(plus(state, by), { continue: addAll(rest) })

/** A server with one of everything; test/beam/elixir-office.ts has the same in Elixir. */
export const Counter = GenServer.define({
  init: (n: number): State => ({ n, waiting: [] }),
  call: {
    add: (state, by: number) => reply(state.n + by, { ...state, n: state.n + by }),
    get: (state) => reply(state.n, state),
    pid: (state) => reply(self(), state),
    slowly: async (state, ms: number) => {
      await sleep(ms)
      return reply('done', state)
    },
    crash: (): never => {
      throw new Error('oops')
    },
    quit: (state, reason: Term) => stop(asReason(reason), state, 'bye'),
    leave: (state, reason: Term) => stop(asReason(reason), state),
    wait: deferredReply((state: State, from: From<string>) =>
      noreply({ ...state, waiting: [...state.waiting, from] }),
    ),
    waiting: (state) => reply(state.waiting.length, state),
    open: (state, word: string) => {
      for (const from of state.waiting) from.reply(word)
      return reply(state.waiting.length, { ...state, waiting: [] })
    },
    prepare: (state, by: number) => reply(ok, state, { continue: (now) => noreply(plus(now, by)) }),
    prepareAll: (state, all: readonly number[]) => reply(ok, state, { continue: addAll(all) }),
    prepareSlowly: (state, ms: number, by: number) =>
      reply(ok, state, {
        continue: async (now) => {
          await sleep(ms)
          return noreply(plus(now, by))
        },
      }),
    prepareBadly: (state) =>
      reply(ok, state, {
        continue: () => {
          throw new Error('not prepared')
        },
      }),
    idle: (state, ms: number, whom: Pid) => reply(ok, { ...state, whom }, { timeout: ms }),
  },
  cast: {
    prepareLater: (state, by: number) => noreply(state, { continue: (now) => noreply(plus(now, by)) }),
    clear: (state) => noreply({ ...state, n: 0 }),
    addLater: (state, by: number) => noreply({ ...state, n: state.n + by }),
  },
  info: (message, state) =>
    match(
      message,
      on([atom('set'), _.number], ([, n]) => noreply({ ...state, n })),
      on(atom('timeout'), () => {
        if (state.whom) send(state.whom, atom('idle'))
        return noreply(state)
      }),
      on(_, () => noreply(state)),
    ),
  codeChange: (version, state: State, extra): State => {
    if (extra === atom('badly')) throw new Error('no way')
    return plus(state, Number(version))
  },
})

/** A server that leaves something to do before its first message. */
export const Lazy = GenServer.define({
  init: (n: number) => noreply(0, { continue: () => noreply(n) }),
  call: { get: (n) => reply(n, n) },
})
