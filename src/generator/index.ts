/** Generator of projects, for `moebi new`. */

export { type GeneratedProject, generateProject, type ProjectOptions } from './generate-project.ts'
