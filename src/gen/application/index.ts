export { Application, type ApplicationSpec } from './application.ts'
export { applicationFile } from './application-file.ts'
export { type Config, configure, type Environments } from './environment.ts'
