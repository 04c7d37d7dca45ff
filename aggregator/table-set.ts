import { createHash } from 'node:crypto'
import { dropPipeline, pipeline } from '@assay/core/store/ddl'
import type { Dialect } from '@assay/core/store/dialect'
import { events } from '@assay/core/store/schema'
import type { Store } from '@assay/core/store/store'
import { newName } from './new-name.js'
import { tearTickets } from './ticket.js'

/** Stands in the notes of sets that end at an instant. */
const UNTIL = ', until '

/** What, besides the log, decides the content of a set of tables. */
export interface Recipe {
  idWindow: number
  /** The instant up to which the log is read; null for all of it. */
  until: number | null
}

/**
 * What a set's `events` bears as its comment. It names the set: comments stay with their tables when these are exchanged,
 * so the live ones of before, which have the set's name from then on, are not taken for it.
 */
function noteOf(d: Dialect, suffix: string, { idWindow, until }: Recipe): string {
  const schema = createHash('sha256').update(pipeline(d).join(';')).digest('hex').slice(0, 16)
  const end = until === null ? '' : `${UNTIL}${new Date(until).toISOString()}`
  return `Rebuilt from the log as ${events.name}${suffix}, id window ${idWindow}, schema ${schema}${end}`
}

/** The tables of a replay of this recipe that was cut off, or new ones. @returns their suffix */
export async function openSet(store: Store, recipe: Recipe): Promise<string> {
  const suffix = (await dropOtherSets(store, recipe)) ?? `_replay_${newName()}`
  const note = noteOf(store.dialect, suffix, recipe)
  for (const statement of pipeline(store.dialect, suffix, note)) await store.write.command(statement)
  return suffix
}

/** Drops what replays left: the tables from before a swap, and sets that are not of this recipe. @returns the one that is */
export async function dropOtherSets(store: Store, recipe: Recipe): Promise<string | null> {
  const { write, dialect } = store
  await tearTickets(store)
  const found = await write.query<{ name: string; suffix: string; comment: string }>(
    `SELECT name, extract(name, '_replay.*$') AS suffix, comment FROM system.tables
     WHERE database = '${dialect.database}' AND suffix != ''`,
  )
  const own = found.find((t) => t.name === events.name + t.suffix && t.comment === noteOf(dialect, t.suffix, recipe))
  for (const suffix of new Set(found.map((t) => t.suffix))) if (suffix !== own?.suffix) await dropSet(store, suffix)
  return own?.suffix ?? null
}

export async function dropSet({ write, dialect }: Store, suffix: string): Promise<void> {
  for (const statement of dropPipeline(dialect, suffix)) await write.command(statement)
}

/** Whether a store is somebody's: it has events, and they are not those of an instant. */
export async function isInUse({ write, dialect }: Store): Promise<boolean> {
  const [row] = await write.query<{ n: number }>(
    `SELECT count() AS n FROM system.tables
     WHERE database = '${dialect.database}' AND name = '${events.name}' AND total_rows > 0 AND position(comment, '${UNTIL}') = 0`,
  )
  return row!.n > 0
}
