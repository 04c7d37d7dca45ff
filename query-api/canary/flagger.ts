import { z } from 'zod'
import { describeRoute } from '../describe-route.js'
import type { Api } from '../guarded.js'
import * as queries from '../queries.js'
import { bodyCompiler } from '../validate.js'
import type { Canaries } from './canaries.js'
import type { Canary } from './reply.js'
import { reasonWords } from './words.js'

/**
 * What Flagger sends to a webhook. The type of the hook is not in it, and `phase` is `Progressing` for most of them, so that
 * the address says what is asked: pkg/controller/scheduler_hooks.go of Flagger 1.
 */
const payload = z.looseObject({
  name: z.string().optional(),
  namespace: z.string().optional(),
  phase: z.string().optional(),
  checksum: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
})

interface Question {
  path: string
  summary: string
  /** Whether it is answered by 200, which Flagger takes for yes; 403 is its no. */
  isYes: (canary: Canary) => boolean
}

const questions: Question[] = [
  {
    path: '',
    summary: 'Flagger’s hooks before and while traffic shifts: go on unless it harms',
    isYes: ({ verdict }) => verdict !== 'unhealthy',
  },
  {
    path: '/confirm-promotion',
    summary: 'Flagger’s confirm-promotion hook: go on once it is shown to be well',
    isYes: ({ verdict }) => verdict === 'healthy',
  },
  {
    path: '/rollback',
    summary: 'Flagger’s rollback hook: roll back where it harms',
    isYes: ({ verdict }) => verdict === 'unhealthy',
  },
]

const inWords = (description: string) => ({ description, content: { 'text/plain': { schema: z.string() } } })

/** Webhooks of Flagger: https://docs.flagger.app/usage/webhooks */
export function serveFlagger(api: Api, canaries: Canaries): void {
  for (const { path, summary, isYes } of questions) {
    const schema = describeRoute(summary, {
      params: queries.appParams,
      querystring: queries.oneCanaryQuery,
      body: payload,
      response: { 200: inWords('Yes, and why.'), 403: inWords('No, and why.') },
    })
    api.post(
      `/v1/apps/:app/canary/flagger${path}`,
      { schema, validatorCompiler: bodyCompiler('query-invalid') as never },
      async ({ params, query }, reply) => {
        const canary = await canaries.read(params.app, query.test)
        return reply
          .code(isYes(canary) ? 200 : 403)
          .type('text/plain; charset=utf-8')
          .send(`${said(canary)}\n`)
      },
    )
  }
}

/** One line for Flagger's log and its events. */
function said({ testId, verdict, stage, last, reasons }: Canary): string {
  const by = last !== null && (stage === 'rolled-back' || stage === 'suspended') ? ` by ${last.by}` : ''
  const why = last?.why === undefined || by === '' ? [] : [last.why]
  const findings = [...why, ...reasons.map(reasonWords)].join('; ')
  const head = [testId ?? 'no test', `${verdict}${stage === null ? '' : ` (${stage}${by})`}`].join(': ')
  return findings === '' ? head : `${head}: ${findings}`
}
