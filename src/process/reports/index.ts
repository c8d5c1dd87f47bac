export { reportCrash } from './crash-report.ts'
export { type ExitEvent, exits, type RestartEvent, restarts, type SpawnEvent, spawns } from './events.ts'
export { progress, type Report, report, reportOf, reports } from './report.ts'
export { type ReportTerm, reasonText, reportText } from './report-text.ts'
