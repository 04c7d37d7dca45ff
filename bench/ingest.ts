import { load } from './load.js'
import { atLeast, type Figure, median } from './measure.js'
import { assayChild, bareChild } from './server-child.js'

const ROUNDS = 5
const SECONDS = 4

/** Ingest with its log, and everything behind it running, against the bare route; rounds in turn, medians. */
async function against(name: string, batch: number, share: number): Promise<Figure> {
  const [assay, bare] = [await assayChild(), await bareChild()]
  const figures = { assay: [] as number[], bare: [] as number[] }
  try {
    await load(assay, batch, 2)
    await load(bare, batch, 2)
    for (let round = 0; round < ROUNDS; round++) {
      figures.assay.push(await load(assay, batch, SECONDS))
      figures.bare.push(await load(bare, batch, SECONDS))
    }
  } finally {
    await Promise.all([assay.end(), bare.end()])
  }
  return atLeast(name, median(figures.assay), 'events/s', 'bare Fastify route', median(figures.bare), share)
}

export const ingestSingle = () => against('ingest, 1 event a request', 1, 0.7)
export const ingestBatch = () => against('ingest, 100 events a request', 100, 0.35)
