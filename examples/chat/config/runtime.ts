import { defineConfig } from 'moebi/config'

// Evaluated at each start and merged over the other files: the place for environment variables.
export default defineConfig({
  chat: {},
})
