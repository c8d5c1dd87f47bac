import { type From, GenServer, later, noreply, reply, stop } from '../../src/gen/index.ts'
import { self, sleep } from '../../src/process/index.ts'
import { _, atom, match, on, type Term } from '../../src/term/index.ts'

/** A server with one of everything; `counter.ex` in contract-beam.ts is the same in Elixir. */
export const Counter = GenServer.define({
  init: (n: number) => ({ n, waiting: [] as From<string>[] }),
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
    quit: (state, reason: Term) => stop(reason, state, 'bye'),
    leave: (state, reason: Term) => stop(reason, state),
    wait: later((state: { n: number; waiting: From<string>[] }, from: From<string>) =>
      noreply({ ...state, waiting: [...state.waiting, from] }),
    ),
    waiting: (state) => reply(state.waiting.length, state),
    open: (state, word: string) => {
      for (const from of state.waiting) from.reply(word)
      return reply(state.waiting.length, { ...state, waiting: [] })
    },
  },
  cast: {
    clear: (state) => noreply({ ...state, n: 0 }),
    addLater: (state, by: number) => noreply({ ...state, n: state.n + by }),
  },
  info: (message, state) =>
    match(
      message,
      on([atom('set'), _.number], ([, n]) => noreply({ ...state, n })),
      on(_, () => noreply(state)),
    ),
})
