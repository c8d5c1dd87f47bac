import { Application } from 'moebi'

export default Application.define({
  name: 'broken',
  start: () => {
    throw new Error('this one never starts')
  },
})
