import { setTimeout as pause } from 'node:timers/promises'
import { type Beam, type Epmd, startEpmd } from '../support/beam.ts'
import { freePort } from '../support/ports.ts'
import type { Networks } from './networks.ts'
import { Pane } from './pane.ts'
import {
  type Cast,
  forRole,
  letsGoOf,
  type Session,
  type Shown,
  type Step,
  silence,
  type Typed,
  typedLines,
  type Who,
} from './script.ts'

/** Result of one step, for the log. */
export interface Played {
  readonly says: string
  readonly typed?: { readonly who: Who; readonly lines: readonly string[] }
  readonly panes: Readonly<Partial<Record<Who, readonly string[]>>>
  /** Differences from the expectations; undefined where there are none. */
  readonly failure?: string
}

export interface PlayOptions {
  /** Called after each step, also after a failed one. */
  readonly played?: (step: Played) => void
  /** Time within which a step must show the expected lines, in ms. */
  readonly patience?: number
  /** Folder of the compiled mix project of the Chat, as a real node names it; see chat-project.ts. */
  readonly chat?: string
  /** Networks of the nodes; the loopback of this machine unless given. */
  readonly networks?: Networks
}

type Panes = ReadonlyMap<Who, Pane>

const settled = 5_000

/**
 * Runs a session of the lesson in real terminals and compares all panes after every step. Each session has its own nodes,
 * its own home folder and its own epmd.
 * @throws Error when a pane, the log of a real node or its waiting processes differ from the script; the message shows all panes
 */
export async function play(
  session: Session,
  cast: Cast,
  beam: Beam,
  { played, patience = 15_000, chat, networks }: PlayOptions = {},
): Promise<void> {
  const members = session.members ?? ['alex', 'kate']
  await using home = await beam.home()
  const real = members.every((who) => cast[who] === 'elixir')
  const port = await freePort()
  const epmds: Epmd[] = []
  const panes = new Map<Who, Pane>()
  try {
    if (networks === undefined) epmds.push(await startEpmd(port, real ? beam : 'moebi'))
    else
      for (const who of members)
        epmds.push(await startEpmd(port, cast[who] === 'elixir' ? beam : 'moebi', networks.placeOf(who)))
    // The nodes are started in order: the first one writes the .erlang.cookie.
    for (const who of members) {
      const cookie = session.cookies?.[who]
      const app = session.chat ? (chat ?? '') : undefined
      panes.set(
        who,
        await Pane.open({ who, role: cast[who], beam, home, epmdPort: port, cookie, app, networks }),
      )
    }
    await perform(session, cast, panes, { played, patience })
  } finally {
    for (const pane of panes.values()) await pane[Symbol.asyncDispose]()
    for (const epmd of epmds) await epmd[Symbol.asyncDispose]()
  }
}

async function perform(
  session: Session,
  cast: Cast,
  panes: Panes,
  { played, patience }: { readonly played: PlayOptions['played']; readonly patience: number },
): Promise<void> {
  for (const step of session.steps) {
    const failure = await playStep(step, cast, panes, patience)
    played?.({
      says: step.says,
      ...(step.typed && { typed: { who: step.typed.who, lines: typedLines(step.typed, cast) } }),
      panes: newsOf(panes),
      ...(failure !== undefined && { failure }),
    })
    if (failure !== undefined) throw new Error(await report(session, step, failure, panes))
    for (const pane of panes.values()) pane.turn()
  }
  for (const [says, check] of [
    ['nobody has said or waits for anything more', restsWell],
    ['they leave with System.halt()', leave],
  ] as const) {
    const failure = await check(panes)
    played?.({ says, panes: newsOf(panes), ...(failure && { failure }) })
    if (failure !== undefined) throw new Error(await report(session, { says }, failure, panes))
  }
}

/** Returns the differences between the new lines of the panes of the running nodes and the script. */
function newsOf(panes: Panes): Played['panes'] {
  return Object.fromEntries(living(panes).map(({ who, news }) => [who, news]))
}

async function playStep(step: Step, cast: Cast, panes: Panes, patience: number): Promise<string | undefined> {
  const { typed, kills, answers, others = {}, logs = {} } = step
  if (kills !== undefined) await paneOf(kills, panes).kill()
  if (answers !== undefined) paneOf(answers, panes).answers({ fails: true })
  if (typed !== undefined) await paneOf(typed.who, panes).type(typedLines(typed, cast), typed)
  const expected = (who: Who): Shown =>
    forRole<Shown>((who === typed?.who ? typed.shows : others[who]) ?? silence, cast[who])
  const aside = gone(panes)
  const deadline = Date.now() + patience
  for (;;) {
    const wrong: string[] = []
    for (const [who, pane] of panes)
      wrong.push(...(await pane.compare(expected(who), { logs: logs[who] ?? [], aside })))
    if (wrong.length === 0) return undefined
    if (typed !== undefined && (await isNotYet(typed, panes))) {
      paneOf(typed.who, panes).turn()
      await paneOf(typed.who, panes).type(typedLines(typed, cast), typed)
    }
    if (Date.now() > deadline) return wrong.join('\n')
    await pause(50)
  }
}

/** Returns whether the pane of the typist shows one of the answers after which the line is typed again. */
async function isNotYet(typed: Typed, panes: Panes): Promise<boolean> {
  const pane = paneOf(typed.who, panes)
  for (const lines of typed.notYet ?? [])
    if ((await pane.compare({ lines }, { aside: gone(panes) })).length === 0) return true
  return false
}

/** Waits five seconds, after which no process of a real node may wait for an answer, and compares all panes once more. */
async function restsWell(panes: Panes): Promise<string | undefined> {
  if (living(panes).some((pane) => pane.role === 'elixir')) await pause(settled)
  const wrong: string[] = []
  for (const pane of living(panes))
    wrong.push(...(await pane.compare(silence, { aside: gone(panes) })), ...(await pane.stuck()))
  return wrong.length === 0 ? undefined : wrong.join('\n')
}

/** Ends the shells in order. The other panes must show nothing new. */
async function leave(panes: Panes): Promise<string | undefined> {
  for (const pane of living(panes)) {
    await pane.halt()
    const others = living(panes).map((other) => other.compare(silence, { aside: gone(panes) }))
    const wrong = (await Promise.all(others)).flat()
    if (wrong.length > 0) return wrong.join('\n')
    for (const other of living(panes)) other.turn()
  }
  return undefined
}

async function report(
  session: Session,
  step: Pick<Step, 'says'>,
  failure: string,
  panes: Panes,
): Promise<string> {
  const screens = [...panes.values()].map(async (pane) => `--- ${pane.who}\n${await pane.screen()}`)
  return [`${session.title}: ${step.says}`, failure, ...(await Promise.all(screens))].join('\n')
}

/** Lines that running nodes may print, in this step or later, about nodes that have ended. */
const gone = (panes: Panes): RegExp[] =>
  [...panes.values()].filter((pane) => !pane.living).map(({ who }) => letsGoOf(who))

const living = (panes: Panes): Pane[] => [...panes.values()].filter((pane) => pane.living)

function paneOf(who: Who, panes: Panes): Pane {
  const pane = panes.get(who)
  if (pane === undefined) throw new Error(`${who} is not a member of this session`)
  return pane
}
