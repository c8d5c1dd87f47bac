// Builds dist from src with rolldown: a process loads two dozen files instead of the 450 of the source, in half the time.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = new URL('..', import.meta.url)
const src = new URL('src/', root)
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
// Each folder can be imported from the build as from the source.
const doors = ['', ...readdirSync(src).map((folder) => `${folder}/`)]
  .map((folder) => `${folder}index`)
  .filter((door) => existsSync(new URL(`${door}.ts`, src)))
// Programs of their own: the command, the hooks of its module loader, and the main file of a worker thread.
const programs = ['cli/main', 'loader/typescript-hooks', 'worker/thread-main']

const bundle = await rolldown({
  cwd: fileURLToPath(root),
  input: Object.fromEntries([...doors, ...programs].map((entry) => [entry, `src/${entry}.ts`])),
  external: Object.keys(dependencies),
  platform: 'node',
  treeshake: false,
})
await bundle.write({
  dir: 'dist',
  sourcemap: true,
  keepNames: true,
  chunkFileNames: 'chunks/[name].js',
})
await bundle.close()
