import { load } from './load.js'
import { atLeast, type Figure, median } from './measure.js'
import { assayChild, bareChild, type Child, ingestChild } from './server-child.js'

const ROUNDS = 5
const SECONDS = 4

/** A server's acknowledged events a second against the bare route's; rounds in turn, medians. */
async function against(name: string, start: () => Promise<Child>, batch: number, share: number): Promise<Figure> {
  const rounds: { subject: number; bare: number }[] = []
  for (let round = 0; round < ROUNDS; round++)
    rounds.push({ subject: await once(start, batch), bare: await once(bareChild, batch) })
  const bare = median(rounds.map((r) => r.bare))
  return atLeast(name, median(rounds.map((r) => r.subject)), 'events/s', 'bare Fastify route', bare, share)
}

/** One server at a time, so that neither waits for the other's leftovers. */
async function once(start: () => Promise<Child>, batch: number): Promise<number> {
  const server = await start()
  try {
    await load(server, batch, 2)
    return await load(server, batch, SECONDS)
  } finally {
    await server.end()
  }
}

export const ingestSingle = () => against('ingest and log, 1 event a request', ingestChild, 1, 0.7)
export const ingestBatch = () => against('ingest and log, 100 events a request', ingestChild, 100, 0.35)

/** The same with every stage in the process and on the same two cores: for information, its goals are ingest's. */
export const wholeSingle = () => against('all stages, 1 event a request', assayChild, 1, 0.7)
export const wholeBatch = () => against('all stages, 100 events a request', assayChild, 100, 0.35)
