import type { Membership } from '@assay/core/log/log'
import { z } from 'zod'

export const GROUP = 'assay.aggregator'

/** What an aggregator says it is about to insert: offsets `from` to `last`, and the id window that decides its content. */
export interface Claim {
  from: number
  last: number
  window: number
}

const metadata = z.object({ last: z.number().int(), window: z.number().int().positive() })

export async function readClaim(member: Membership, partition: number): Promise<Claim | null> {
  const commit = await member.committed(partition)
  return commit === null ? null : { from: commit.offset, ...metadata.parse(JSON.parse(commit.metadata)) }
}

/** Durable before the insert starts, so that a repeat after a crash is of exactly these offsets. */
export async function writeClaim(member: Membership, partition: number, { from, last, window }: Claim): Promise<void> {
  await member.commit(partition, { offset: from, metadata: JSON.stringify({ last, window }) })
}
