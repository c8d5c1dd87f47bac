export { Registry, type RegistryOptions } from './registry.ts'
export type { Entry } from './registry-table.ts'
