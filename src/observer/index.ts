/** Web observer of a cluster: its nodes, processes, supervision trees, names and crashes, in a browser. */
export { Observer, type ObserverOptions } from './observer.ts'
