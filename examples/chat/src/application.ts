import { Application, type ChildSpec, Supervisor, Task } from 'moebi'
import * as Chat from './chat.ts'

export default Application.define({
  name: 'chat',
  modules: { Chat },
  start() {
    const children: ChildSpec[] = [Task.Supervisor.child({ name: 'Chat.TaskSupervisor' })]
    return Supervisor.startLink(children, { strategy: 'one_for_one', name: 'Chat.Supervisor' })
  },
})
