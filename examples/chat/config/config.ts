import type { Atom, Server } from 'moebi'
import { defineConfig } from 'moebi/config'

declare module 'moebi/config' {
  interface Config {
    chat: {
      /** Returns the task supervisor for the messages to a node. */
      remoteSupervisor: (recipient: string | Atom) => Server
    }
  }
}

// The values of every environment. The file of the environment (dev.ts, test.ts, prod.ts) is merged over them.
export default defineConfig({
  chat: {},
})
