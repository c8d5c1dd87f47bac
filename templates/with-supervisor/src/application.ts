import { Application, type ChildSpec, Supervisor } from 'moebi'
import * as {{Name}} from './{{file}}'

export default Application.define({
  name: '{{app}}',
  modules: { {{export}} },
  start() {
    const children: ChildSpec[] = [
      // A server of GenServer.define is started as a child: Counter.child(0),
    ]
    return Supervisor.startLink(children, { strategy: 'one_for_one', name: '{{Module}}.Supervisor' })
  },
})
