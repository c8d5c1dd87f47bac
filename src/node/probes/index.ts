/** What a supervisor of programs, such as Kubernetes, asks of a node: is it alive, can it work, how much does it do. */
export { type ProbeOptions, type ProbeTarget, probes } from './handler.ts'
export { type Health, healthOf, type Readiness, type ReadyOptions, readinessOf } from './health.ts'
export { metricsOf } from './metrics.ts'
