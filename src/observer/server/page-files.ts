import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { codeFolder } from '../../package/index.ts'

export interface PageFile {
  readonly type: string
  readonly bytes: Buffer
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Returns the files of the page by their paths. They are read when the observer starts, so no path of a request is opened. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const folder = fileURLToPath(new URL('observer/page/', codeFolder))
  const files = new Map(readdirSync(folder).map((name) => [`/${name}`, readFile(join(folder, name))]))
  const uplot = dirname(createRequire(import.meta.url).resolve('uplot'))
  files.set('/uplot.js', readFile(join(uplot, 'uPlot.esm.js')))
  files.set('/uplot.css', readFile(join(uplot, 'uPlot.min.css')))
  return files
}

function readFile(path: string): PageFile {
  return { type: TYPES[extname(path)] ?? 'application/octet-stream', bytes: readFileSync(path) }
}
