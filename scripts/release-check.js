// Run by npm before it publishes: refuses a commit that has not the tag of its version, or files that differ from the commit.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim()

const tags = git('tag', '--points-at', 'HEAD').split('\n')
const changed = git('status', '--porcelain', '--untracked-files=no')
if (!tags.includes(`v${version}`))
  refuse(`this commit has not the tag v${version}: git tag -s v${version}, then git push --tags.`)
if (changed !== '') refuse(`these files differ from the commit:\n${changed}`)

function refuse(why) {
  console.error(`Nothing is published: ${why}`)
  process.exit(1)
}
