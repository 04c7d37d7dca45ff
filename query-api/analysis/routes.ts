import type { Ask } from '@assay/moments/study'
import type { z } from 'zod'
import { describeRoute } from '../describe-route.js'
import { formatOf, inFormats } from '../export/format.js'
import { sendRows, whileWaiting } from '../export/reply.js'
import { resultsColumns, resultsRows } from '../export/results-rows.js'
import { writeRows } from '../export/rows.js'
import type { Api } from '../guarded.js'
import { parseInstant } from '../instant.js'
import * as queries from '../queries.js'
import { askOf } from '../study/ask.js'
import { sendProgress } from '../study/progress.js'
import type { StudyOptions } from '../study/routes.js'
import { TimeZone } from '../time-zone.js'
import { KnownAnswers } from './known-answers.js'
import { type Results, resultsReply } from './reply.js'

const UTC = new TimeZone('UTC')

type Asked = z.output<typeof queries.testParams> & z.output<typeof queries.resultsQuery>

export function serveResults(api: Api, options: StudyOptions): void {
  const { long, takeTurn, closing } = options
  const known = new KnownAnswers()
  const schema = describeRoute('Is a branch better or worse', {
    params: queries.testParams,
    querystring: queries.resultsQuery,
    response: { 200: inFormats(resultsReply) },
  })
  api.get('/v1/apps/:app/tests/:testId/results', { schema }, async ({ params, query, headers }, reply) => {
    const asked = { ...params, ...query }
    const begin = () => {
      takeTurn(reply)
      return askOf(long, whileWaiting(reply, closing))
    }
    const isNow = query.fresh || query.crossover === 'exclude'
    if (isNow && headers.accept?.includes('text/event-stream')) {
      const ask = begin()
      return sendProgress(reply, 'results', (tell) => resultsNow(options, asked, ask, tell))
    }
    const results = isNow ? await resultsNow(options, asked, begin()) : await resultsKept(options, asked, known)
    const format = formatOf(query.format, headers.accept)
    if (format === 'json') return results
    const file = await writeRows(long, resultsColumns, resultsRows(results), format)
    return sendRows(reply, file, format, [params.app, params.testId, 'results'])
  })
}

/** From a snapshot. */
async function resultsKept(
  { reads, control: { definitions }, clock }: StudyOptions,
  asked: Asked,
  known: KnownAnswers,
): Promise<Results> {
  // With the statistics, whose loading takes a third of a start: whoever only sends events does without.
  const { readResults } = await import('./read-results.js')
  const { nobodyIn } = await import('./nobody.js')
  const { readSnapshot } = await import('./snapshot.js')
  const { app, testId } = asked
  const until = asked.asOf === undefined ? undefined : parseInstant(asked.asOf, UTC)!
  const nobody = nobodyIn(definitions, app, testId, Math.min(until ?? Infinity, clock()))
  const own = until === undefined ? await known.of(reads, app) : reads
  return readResults(own, definitions, await readSnapshot(own, app, testId, until, nobody), asked)
}

/** From all that is stored. */
async function resultsNow(
  { reads, control: { definitions }, clock }: StudyOptions,
  asked: Asked,
  ask: Ask,
  tell?: (share: number) => void,
): Promise<Results> {
  const { readResults } = await import('./read-results.js')
  const { readFresh } = await import('../study/fresh.js')
  const { app, testId, crossover } = asked
  const question = { app, testId, crossed: crossover === 'include' }
  return readResults(reads, definitions, await readFresh(ask, reads, definitions, question, clock(), tell), asked)
}
