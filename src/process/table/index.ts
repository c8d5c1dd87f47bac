export { RefTable } from './ref-table.ts'
export { Table } from './table.ts'
