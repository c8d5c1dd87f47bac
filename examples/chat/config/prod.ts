import { defineConfig } from 'moebi/config'

export default defineConfig({
  chat: { remoteSupervisor: (recipient) => ({ name: 'Chat.TaskSupervisor', node: recipient }) },
})
