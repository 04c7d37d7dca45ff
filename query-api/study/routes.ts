import type { ControlFollower } from '@assay/core/control/follower'
import type { Ask } from '@assay/moments/study'
import type { FastifyReply } from 'fastify'
import type { z } from 'zod'
import { describeRoute } from '../describe-route.js'
import type { LongReads } from '../export/long-reads.js'
import { whileWaiting } from '../export/reply.js'
import type { Api } from '../guarded.js'
import * as queries from '../queries.js'
import type { Reads } from '../reads.js'
import { askOf } from './ask.js'
import { breakdownReply, explainReply, noveltyReply } from './reply.js'

export interface StudyOptions {
  reads: Reads
  long: LongReads
  control: ControlFollower
  clock: () => number
  /** Lets no more of these begin than the machine can bear. */
  takeTurn: (reply: FastifyReply) => void
  closing: AbortSignal
}

type TestParams = z.output<typeof queries.testParams>

/** Answers that are worked out of the tables on request: they take seconds where there are millions of users. */
export function serveStudies(api: Api, { reads, long, control, clock, takeTurn, closing }: StudyOptions): void {
  const serve = <Query extends z.ZodObject>(
    what: string,
    summary: string,
    querystring: Query,
    answer: z.ZodType,
    work: (ask: Ask, asked: TestParams & z.output<Query>) => Promise<object>,
  ) => {
    const schema = describeRoute(summary, { params: queries.testParams, querystring, response: { 200: answer } })
    const options = { schema, exposeHeadRoute: false }
    api.get(`/v1/apps/:app/tests/:testId/${what}`, options, async ({ params, query }, reply) => {
      takeTurn(reply)
      return work(askOf(long, whileWaiting(reply, closing)), { ...params, ...(query as z.output<Query>) }) as never
    })
  }
  const { definitions } = control
  const { breakdownQuery, studyQuery } = queries
  serve('breakdown', 'Results of each value of a prop', breakdownQuery, breakdownReply, async (ask, asked) =>
    (await import('./breakdown.js')).readBreakdown(ask, reads, definitions, asked, clock()),
  )
  serve('novelty', 'A metric’s effect by days since the exposure', studyQuery, noveltyReply, async (ask, asked) =>
    (await import('./novelty.js')).readNovelty(ask, reads, definitions, asked, clock()),
  )
  const why = 'A metric’s result with the SQL and all numbers that it follows from'
  serve('explain', why, studyQuery, explainReply, async (ask, asked) =>
    (await import('./explain.js')).readExplained(ask, reads, definitions, asked, clock()),
  )
}
