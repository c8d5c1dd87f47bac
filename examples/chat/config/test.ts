import { defineConfig } from 'moebi/config'

export default defineConfig({
  chat: { remoteSupervisor: () => 'Chat.TaskSupervisor' },
})
