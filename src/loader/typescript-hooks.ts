/**
 * Hooks of Node.js's module loader. They strip the types from TypeScript files, which Node.js 20 cannot run, and later releases
 * do not run below node_modules. They add a version to the URLs of changed files of a project, so that a second import loads the
 * file again. https://nodejs.org/api/module.html#customization-hooks
 */

import { readFile } from 'node:fs/promises'
import type { InitializeHook, LoadHook, ResolveHook } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { codeFolder } from '../package/index.ts'
import { versionOf } from './file-versions.ts'
import { loadTypeScript } from './load-typescript.ts'

let since = 0

export const initialize: InitializeHook<{ readonly since: number } | undefined> = (data) => {
  since = data?.since ?? Date.now()
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  const resolved = await next(specifier, context)
  const { url } = resolved
  if (
    !url.startsWith('file:') ||
    url.includes('?') ||
    url.includes('/node_modules/') ||
    url.startsWith(codeFolder.href)
  )
    return resolved
  const version = versionOf(fileURLToPath(url), since)
  return version === 0
    ? resolved
    : { ...resolved, url: `${pathToFileURL(fileURLToPath(url)).href}?v=${version}` }
}

export const load: LoadHook = async (url, context, next) => {
  if (!/\.m?ts(\?|$)/.test(url)) return next(url, context)
  const file = fileURLToPath(url)
  return {
    format: 'module',
    source: stripTypes(await readFile(file, 'utf8'), file),
    shortCircuit: true,
  }
}

function stripTypes(source: string, file: string): string {
  try {
    return loadTypeScript().transformSync(source, { mode: 'strip-only', filename: file }).code
  } catch (thrown) {
    // A plain object, with the position beside the message.
    const { message, startLine = 1 } = thrown as { readonly message: string; readonly startLine?: number }
    const error = new SyntaxError(message)
    error.stack = `${pathToFileURL(file).href}:${startLine}\nSyntaxError: ${message}`
    throw error
  }
}
