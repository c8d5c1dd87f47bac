import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const text = (file: string): string => readFileSync(join(root, file), 'utf8')
const shell = process.platform === 'win32'

interface Manifest {
  readonly version: string
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly hasInstallScript?: boolean
  readonly integrity?: string
}
const manifest = JSON.parse(text('package.json')) as Manifest
const { packages } = JSON.parse(text('package-lock.json')) as { packages: Record<string, Manifest> }

/** The packages that run with Moebi: its dependencies, theirs, and so on. */
function runtime(): string[] {
  const names = new Set(Object.keys(manifest.dependencies!))
  for (const name of names)
    for (const other of Object.keys(packages[`node_modules/${name}`]!.dependencies ?? {})) names.add(other)
  return [...names].sort()
}

test('the lock file has the hash of each package', () => {
  const unhashed = Object.entries(packages).filter(
    ([path, { integrity }]) => path !== '' && !/^sha512-/.test(integrity ?? ''),
  )
  expect(unhashed).toEqual([])
})

test('nothing that runs with Moebi runs a script when it is installed, and neither does Moebi', () => {
  const ran = (scripts: Manifest['scripts'] = {}): string[] =>
    Object.keys(scripts).filter((name) => ['preinstall', 'install', 'postinstall'].includes(name))
  expect(ran(manifest.scripts)).toEqual([])
  expect(runtime()).toEqual(['acorn', 'commander', 'node-forge', 'uplot'])
  for (const name of runtime()) {
    const folder = `node_modules/${name}`
    expect(packages[folder]!.hasInstallScript).toBeUndefined()
    expect(ran((JSON.parse(text(`${folder}/package.json`)) as Manifest).scripts)).toEqual([])
    // npm runs node-gyp where this file is.
    expect(existsSync(join(root, folder, 'binding.gyp'))).toBe(false)
  }
})

test('npm run sbom lists what runs with Moebi, with its hashes', () => {
  const output = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: root, encoding: 'utf8', shell })
  const { bomFormat, components } = JSON.parse(output) as {
    bomFormat: string
    components: { name: string; version: string; hashes?: { alg: string }[] }[]
  }
  expect(bomFormat).toBe('CycloneDX')
  expect(components.map(({ name }) => name).sort()).toEqual(runtime())
  for (const { name, version, hashes } of components) {
    expect(version).toBe(packages[`node_modules/${name}`]!.version)
    expect(hashes?.map(({ alg }) => alg)).toEqual(['SHA-512'])
  }
})

test('a release is published for a tag only, with provenance, and only that job may sign', () => {
  const workflow = text('.github/workflows/release.yml')
  expect(workflow).toMatch(/^on:\n {2}push:\n {4}tags: \['v\[0-9\]\*'\]\n\n/m)
  expect(workflow.match(/npm publish.*/g)).toEqual(['npm publish --provenance --access public'])
  expect(workflow.match(/id-token: write/g)).toHaveLength(1)
  expect(workflow.indexOf('id-token: write')).toBeGreaterThan(workflow.indexOf('\n  publish:\n'))
  expect(workflow).toMatch(/^permissions:\n {2}contents: read$/m)
  expect(workflow).toContain('needs: test')
})

test('npm publishes no commit without the tag of its version', () => {
  expect(manifest.scripts!.prepublishOnly).toBe('node scripts/release-check.js')
  const folder = mkdtempSync(join(tmpdir(), 'moebi-release-'))
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
        cwd: folder,
        encoding: 'utf8',
      })
    const check = (): string => {
      const script = join(root, 'scripts/release-check.js')
      const { status, stderr } = spawnSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' })
      return `${status} ${stderr}`
    }
    writeFileSync(join(folder, 'package.json'), '{ "version": "1.2.3" }')
    git('init', '-q')
    git('add', '.')
    git('commit', '-qm', 'one')
    expect(check()).toMatch(/^1 Nothing is published: this commit has not the tag v1\.2\.3/)
    git('tag', 'v1.2.4')
    expect(check()).toMatch(/^1 /)
    git('tag', 'v1.2.3')
    expect(check()).toBe('0 ')
    writeFileSync(join(folder, 'package.json'), '{ "version": "1.2.3", "private": false }')
    expect(check()).toMatch(/^1 Nothing is published: these files differ from the commit:\n.*package\.json/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
