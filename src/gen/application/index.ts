export { Application, type ApplicationSpec } from './application.ts'
export { type Config, configure, type Environments } from './environment.ts'
