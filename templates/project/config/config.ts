import { defineConfig } from 'moebi/config'

// The values of every environment. The file of the environment (dev.ts, test.ts, prod.ts) is merged over them.
export default defineConfig({
  {{app}}: {},
})
