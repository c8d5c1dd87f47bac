#!/usr/bin/env node
import module from 'node:module'

// Node 22 and later keep what they have compiled: the next start is faster.
module.enableCompileCache?.()
await import('../dist/cli/main.js')
