import { Application, Supervisor, Task } from 'moebi'
import * as Chat from './chat.ts'

export default Application.define({
  name: 'chat',
  modules: { Chat },
  start: () =>
    Supervisor.startLink([Task.Supervisor.child({ name: 'Chat.TaskSupervisor' })], {
      strategy: 'one_for_one',
      name: 'Chat.Supervisor',
    }),
})
