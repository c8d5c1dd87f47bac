import { Application, Supervisor, type Term } from '../../src/index.ts'

export default Application.define({
  name: 'echo_worker',
  modules: { Echo: { echo: (term: Term) => term } },
  start: () => Supervisor.startLink([], { strategy: 'one_for_one' }),
})
