import { AssayError } from '@assay/core/errors'
import type { Analyst } from '@assay/core/store/store'
import { describeRoute } from './describe-route.js'
import { formatOf, formats, inFormats } from './export/format.js'
import { sendRows, whileWaiting } from './export/reply.js'
import { turnsOf } from './export/turns.js'
import type { Api } from './guarded.js'
import * as queries from './queries.js'
import { sqlReply } from './schemas.js'
import { bodyCompiler } from './validate.js'

/** Questions in SQL under way at once; each may take two cores for ten seconds. */
const MOST_QUESTIONS = 2

/** Questions in SQL, where the store was opened for them. */
export function serveSql(api: Api, analyst: Analyst | null, closing: AbortSignal): void {
  const schema = describeRoute('Ask in SQL, where that is on', {
    querystring: queries.noQuery,
    body: queries.sqlBody,
    response: { 200: inFormats(sqlReply) },
  })
  const takeTurn = turnsOf(MOST_QUESTIONS)
  api.post(
    '/v1/sql',
    { schema, validatorCompiler: bodyCompiler('query-invalid') as never },
    async ({ body, headers }, reply) => {
      if (analyst === null) throw new AssayError('sql-off', 'Expected ASSAY_SQL to be on; it is off.')
      const { query, params = {}, format: asked } = body
      const format = formatOf(asked, headers.accept)
      const texts = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]))
      takeTurn(reply)
      const engine = format === 'json' ? 'JSONCompact' : formats[format].engine
      const rows = await analyst.ask(query, texts, engine, whileWaiting(reply, closing))
      if (format !== 'json') return sendRows(reply, rows, format, ['query'])
      return reply.type('application/json; charset=utf-8').send(rows as never)
    },
  )
}
