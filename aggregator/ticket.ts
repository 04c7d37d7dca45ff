import { createTicket } from '@assay/core/store/ddl'
import type { Store } from '@assay/core/store/store'
import { nanoid } from 'nanoid'
import { isTableGone } from './store-errors.js'

const PREFIX = 'ticket_'

/**
 * Runs a swap with a ticket, without which tables cannot be exchanged. Each has a new one: a statement that was sent with
 * an old one and comes late does nothing. @returns whether it came in time
 */
export async function withTicket({ write, dialect }: Store, swap: (ticket: string) => Promise<void>): Promise<boolean> {
  const ticket = PREFIX + nanoid().replaceAll('-', '_')
  await write.command(createTicket(dialect, ticket))
  try {
    await swap(ticket)
    return true
  } catch (error) {
    if (isTableGone(error)) return false
    throw error
  }
}

/** Makes every swap fail that has not happened yet. */
export async function tearTickets({ write, dialect }: Store): Promise<void> {
  const tickets = await write.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = '${dialect.database}' AND startsWith(name, '${PREFIX}')`,
  )
  for (const { name } of tickets) await write.command(`DROP TABLE IF EXISTS ${name}${dialect.on} SYNC`)
}
