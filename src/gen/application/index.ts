export { Application, type ApplicationSpec } from './application.ts'
