// Lets a plain Node.js 20 run the sources: node --import ./typescript.js main.ts
import { readFile } from 'node:fs/promises'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import swc from '@swc/wasm-typescript'

if (isMainThread) register(import.meta.url)

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context)
  const { code } = await swc.transform(await readFile(fileURLToPath(url), 'utf8'), {
    mode: 'strip-only',
    filename: url,
  })
  return { format: 'module', source: code, shortCircuit: true }
}
