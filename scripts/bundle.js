// Builds dist from src with rolldown: a process loads two dozen files instead of the 450 of the source, in half the time.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = new URL('..', import.meta.url)
const src = new URL('src/', root)
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
/** Modules that are imported from other packages; those of vitest by `moebi/test`. */
const external = [...Object.keys(dependencies), /^vitest(\/|$)/, '@vitest/runner']
// Each folder can be imported from the build as from the source.
const doors = ['', ...readdirSync(src).map((folder) => `${folder}/`)]
  .map((folder) => `${folder}index`)
  .filter((door) => existsSync(new URL(`${door}.ts`, src)))
// Programs of their own: the command, the hooks of its module loader, the main file of a worker thread, and that of a peer of a test.
// And what is not imported but named: the plugin of vitest, and its setup file.
const programs = [
  'cli/main',
  'loader/typescript-hooks',
  'worker/thread-main',
  'cli/peer-main',
  'test/plugin/index',
  'test/setup-file',
]

const bundle = await rolldown({
  cwd: fileURLToPath(root),
  input: Object.fromEntries([...doors, ...programs].map((entry) => [entry, `src/${entry}.ts`])),
  external,
  platform: 'node',
  treeshake: false,
})
await bundle.write({
  dir: 'dist',
  sourcemap: true,
  keepNames: true,
  // V8 reads less, and a text of ASCII in half the memory.
  comments: false,
  charset: 'ascii',
  // The plugin of moebi/test lets vitest load the files of this folder.
  chunkFileNames: ({ moduleIds }) =>
    moduleIds.some((id) => id.includes('/src/test/')) ? 'test/[name].js' : 'chunks/[name].js',
})
await bundle.close()
splitTypeScript()
// The page of the observer is served as it is.
cpSync(new URL('observer/page/', src), new URL('dist/observer/page/', root), { recursive: true })

/**
 * Writes the compiler that removes types to dist/typescript. Its package has its WebAssembly as base64 in JavaScript: read from a file of
 * its own, it loads in a quarter of the time.
 */
function splitTypeScript() {
  const source = new URL('node_modules/@swc/wasm-typescript/', root)
  const target = new URL('dist/typescript/', root)
  const script = readFileSync(new URL('wasm.js', source), 'utf8')
  const literal = /Buffer\.from\('([A-Za-z0-9+/=]+)', 'base64'\)/
  const [, base64] = literal.exec(script) ?? []
  if (!base64)
    throw new Error(
      '@swc/wasm-typescript has no WebAssembly in base64: adapt scripts/bundle.js to its new form.',
    )
  mkdirSync(target, { recursive: true })
  writeFileSync(new URL('typescript.wasm', target), Buffer.from(base64, 'base64'))
  writeFileSync(
    new URL('wasm.cjs', target),
    script.replace(
      literal,
      "require('node:fs').readFileSync(require('node:path').join(__dirname, 'typescript.wasm'))",
    ),
  )
  copyFileSync(new URL('LICENSE', source), new URL('LICENSE', target))
}
