import { createTicket } from '@assay/core/store/ddl'
import type { Store } from '@assay/core/store/store'
import { newName } from './new-name.js'
import { isTableGone } from './store-errors.js'

const PREFIX = 'ticket_'

/**
 * Runs a swap with a ticket, without which tables cannot be exchanged. Each has a new one: a statement that was sent with
 * an old one and comes late does nothing. @returns whether it came in time
 */
export async function withTicket(store: Store, swap: (ticket: string) => Promise<void>): Promise<boolean> {
  const ticket = PREFIX + newName()
  await store.write.command(createTicket(store.dialect, ticket))
  try {
    await swap(ticket)
    return true
  } catch (error) {
    if (isTableGone(error)) return false
    throw error
  } finally {
    // What is left of one that cannot be dropped now is torn by the next owner.
    await tear(store, ticket).catch(() => {})
  }
}

/** Makes every swap fail that has not happened yet. */
export async function tearTickets(store: Store): Promise<void> {
  const tickets = await store.write.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${store.dialect.database}' AND startsWith(name, '${PREFIX}')`,
  )
  for (const { name } of tickets) await tear(store, name)
}

async function tear({ write, dialect }: Store, ticket: string): Promise<void> {
  await write.command(`DROP TABLE IF EXISTS ${ticket}${dialect.on} SYNC`)
}
