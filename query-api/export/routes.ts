import { Readable } from 'node:stream'
import { phasesOf } from '@assay/core/control/phases'
import { requireTest } from '../apps.js'
import { describeRoute } from '../describe-route.js'
import type { Api } from '../guarded.js'
import * as queries from '../queries.js'
import { usersReply } from '../schemas.js'
import type { StudyOptions } from '../study/routes.js'
import { formatOf, inFormats } from './format.js'
import { sendRows, whileWaiting } from './reply.js'
import { asList, readUsers } from './users.js'

/** Rows of users, as many as there are. */
export function serveUsers(api: Api, { reads, long, control, takeTurn, closing }: StudyOptions): void {
  const schema = describeRoute('Each user of a test, and what they did since', {
    params: queries.testParams,
    querystring: queries.usersQuery,
    response: { 200: inFormats(usersReply) },
  })
  api.get(
    '/v1/apps/:app/tests/:testId/users',
    { schema, exposeHeadRoute: false },
    async ({ params, query, headers }, reply) => {
      const { app, testId } = params
      const format = formatOf(query.format, headers.accept)
      takeTurn(reply)
      await requireTest(reads, app, testId)
      const phases = phasesOf(control.definitions.test(app, testId)?.history ?? [])
      const rows = await readUsers(long, phases, app, testId, format, whileWaiting(reply, closing))
      if (format !== 'json') return sendRows(reply, rows, format, [app, testId, 'users'])
      const list = Readable.from(asList({ app, testId }, 'users', rows), { objectMode: false })
      return reply.type('application/json; charset=utf-8').send(list as never)
    },
  )
}
