import { defineConfig } from 'moebi/config'

export default defineConfig({
  {{app}}: {},
})
