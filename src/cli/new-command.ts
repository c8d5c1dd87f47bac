import { generateProject, type ProjectOptions } from '../generator/index.ts'

/** Creates a project, for `moebi new`, and prints its files and what to do next, as `mix new` does. */
export function runNew(path: string, options: ProjectOptions): void {
  const { created, dependency } = generateProject(path, options)
  const print = (line: string): void => void process.stdout.write(`${line}\n`)
  for (const file of created) print(`* creating ${file}`)
  print('\nYour Moebi project was created successfully.')
  print('You can use npm to install its packages, test it, and more:\n')
  for (const command of [...(path === '.' ? [] : [`cd ${path}`]), 'npm install', 'npm test', 'npm start'])
    print(`    ${command}`)
  if (dependency.startsWith('file:'))
    print(
      `\nThe package moebi is not published yet. The project uses ${dependency.slice('file:'.length)}, from which this command ran.`,
    )
  print('\nRun "npx moebi --help" for more commands.')
}
