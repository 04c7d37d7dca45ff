import { Readable } from 'node:stream'
import { requireTest } from '../apps.js'
import { describeRoute } from '../describe-route.js'
import * as queries from '../queries.js'
import type { Reads } from '../reads.js'
import type { Api } from '../routes.js'
import { usersReply } from '../schemas.js'
import { formatOf, inFormats } from './format.js'
import type { LongReads } from './long-reads.js'
import { sendRows, whileWaiting } from './reply.js'
import { turnsOf } from './turns.js'
import { asList, readUsers } from './users.js'

/** Exports of users under way at once: each takes a core and, until it is sent, its size on disk. */
const MOST_EXPORTS = 2

/** Rows of users, as many as there are. */
export function serveUsers(api: Api, reads: Reads, long: LongReads, closing: AbortSignal): void {
  const schema = describeRoute('Each user of a test, and what they did since', {
    params: queries.testParams,
    querystring: queries.usersQuery,
    response: { 200: inFormats(usersReply) },
  })
  const takeTurn = turnsOf(MOST_EXPORTS)
  api.get(
    '/v1/apps/:app/tests/:testId/users',
    { schema, exposeHeadRoute: false },
    async ({ params, query, headers }, reply) => {
      const { app, testId } = params
      const format = formatOf(query.format, headers.accept)
      takeTurn(reply)
      await requireTest(reads, app, testId)
      const rows = await readUsers(long, app, testId, format, whileWaiting(reply, closing))
      if (format !== 'json') return sendRows(reply, rows, format, [app, testId, 'users'])
      const list = Readable.from(asList({ app, testId }, 'users', rows), { objectMode: false })
      return reply.type('application/json; charset=utf-8').send(list as never)
    },
  )
}
