/** Shells on another node: the node that serves them, and the terminal that shows one. */
export { RemoteShellClient, type ShellExit } from './remote-shell-client.ts'
export { remoteShell, type ServeShellsOptions, serveShells } from './serve-shells.ts'
