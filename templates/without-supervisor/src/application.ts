import { Application } from 'moebi'
import * as {{Name}} from './{{file}}'

export default Application.define({
  name: '{{app}}',
  modules: { {{export}} },
})
