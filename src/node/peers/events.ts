import { channel } from 'node:diagnostics_channel'
import type { Kernel } from '../../process/index.ts'
import type { Atom } from '../../term/index.ts'
import type { ConnectionInfo } from './peers.ts'

/** A connection to a node that is up. */
export interface NodeupEvent extends ConnectionInfo {
  readonly kernel: Kernel
  readonly node: Atom
}

/** A connection to a node that is down, with the reason in words. */
export interface NodedownEvent {
  readonly kernel: Kernel
  readonly node: Atom
  readonly reason: string
}

/** The `node:diagnostics_channel` `moebi:nodeup` of {@link NodeupEvent}. */
export const nodeups: ReturnType<typeof channel> = channel('moebi:nodeup')
/** The `node:diagnostics_channel` `moebi:nodedown` of {@link NodedownEvent}. */
export const nodedowns: typeof nodeups = channel('moebi:nodedown')
