/** A project on disk: the application of its folder, with its configuration. */

export { Project } from './project.ts'
