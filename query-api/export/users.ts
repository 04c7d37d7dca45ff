import type { Readable } from 'node:stream'
import { firstSeen } from '@assay/core/store/schema'
import { quote } from '@assay/core/store/sql'
import { cell } from './cell.js'
import { type Format, formats } from './format.js'
import type { LongReads } from './long-reads.js'

/**
 * Users of a test as moments count them: the branch of the first exposure; a test without any exposure takes first
 * events (`aggregator/moments/users.ts`). Quoted, since a long query with parameters would hold up every other.
 */
const counted = (app: string, test: string) => `
  SELECT user_hash, ${firstSeen.branch('first')} AS branch, ${firstSeen.time('first')} AS since,
    ${firstSeen.inferred('first')} AS inferred, low != high AS crossed
  FROM exposures FINAL
  WHERE app = ${app} AND test = ${test} AND (NOT inferred OR test NOT IN (
    SELECT test FROM bucket_rollup WHERE app = ${app} AND test = ${test} AND event = '$exposure'))`

/** What each of them did from the exposure on, per event. */
const done = (app: string, test: string) => `
  SELECT user_hash, event, count() AS n, sum(value) AS sum
  FROM (SELECT user_hash, event, time, value FROM facts WHERE app = ${app} AND event NOT IN ('$exposure', '$identify')) AS f
  INNER JOIN (SELECT user_hash, since FROM (${counted(app, test)})) AS u ON f.user_hash = u.user_hash
  WHERE f.time >= u.since GROUP BY user_hash, event`

const usersSql = (app: string, test: string, format: Format) => `
  SELECT toString(u.user_hash) AS user_hash, ${cell('u.branch', format)} AS branch, u.since AS since,
    toBool(u.inferred) AS inferred, toBool(u.crossed) AS crossed,
    ${cell('toString(d.event)', format)} AS event, d.n AS n, d.sum AS sum
  FROM (${counted(app, test)}) AS u LEFT JOIN (${done(app, test)}) AS d ON u.user_hash = d.user_hash`

/** A row for each user and event since the exposure; a user without events has one with event ''. */
export function readUsers(
  reads: LongReads,
  app: string,
  test: string,
  format: Format,
  signal: AbortSignal,
): Promise<Readable> {
  const engine = format === 'json' ? 'JSONEachRow' : formats[format].engine
  return reads.bytes(usersSql(quote(app), quote(test), format), engine, { signal })
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
