import type { Readable } from 'node:stream'
import type { Phase } from '@assay/core/control/phases'
import { deedsSql } from '@assay/moments/study'
import { askOf } from '../study/ask.js'
import { cell } from './cell.js'
import { type Format, formats } from './format.js'
import type { LongReads } from './long-reads.js'

/** As moments count them. Quoted throughout, since a long query with parameters would hold up every other. */
const usersSql = (deeds: string, format: Format) => `
  SELECT toString(user_hash) AS user_hash, ${cell('branch', format)} AS branch, phase, since, toBool(inferred) AS inferred,
    toBool(crossed) AS crossed, toBool(identified) AS identified, ${cell('event', format)} AS event, n, total AS sum
  FROM (${deeds})`

/** A row for each user and event since the exposure; a user without events has one with event ''. */
export async function readUsers(
  reads: LongReads,
  phases: Phase[],
  app: string,
  test: string,
  format: Format,
  signal: AbortSignal,
): Promise<Readable> {
  const asked = { app, test, phases, metrics: [], asOf: 0, crossed: true }
  const deeds = await deedsSql(askOf(reads, signal), asked)
  const engine = format === 'json' ? 'JSONEachRow' : formats[format].engine
  return reads.bytes(usersSql(deeds, format), engine, { signal })
}

/** Lines of JSON as one object with a list: in them, the end of a line is nothing but the end of a row. */
export async function* asList(head: object, name: string, lines: Readable): AsyncGenerator<Buffer> {
  yield Buffer.from(`${JSON.stringify(head).slice(0, -1)},${JSON.stringify(name)}:[`)
  let ended = false
  for await (const chunk of lines as AsyncIterable<Buffer>) {
    if (ended) yield Buffer.from(',')
    ended = chunk.at(-1) === LINE_END
    const whole = ended ? chunk.subarray(0, -1) : chunk
    for (let at = whole.indexOf(LINE_END); at >= 0; at = whole.indexOf(LINE_END, at + 1)) whole[at] = COMMA
    yield whole
  }
  yield Buffer.from(']}')
}

const LINE_END = 0x0a
const COMMA = 0x2c
