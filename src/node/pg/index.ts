/** OTP's `pg`: named groups of processes on all nodes. */
export { type GroupMonitor, type GroupsMonitor, pg } from './pg.ts'
export { definePgFunctions } from './pg-functions.ts'
export { startPg } from './scopes.ts'
