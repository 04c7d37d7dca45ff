import { isAmong } from '@assay/core/http'
import { describeRoute } from '../describe-route.js'
import { whileWaiting } from '../export/reply.js'
import type { Api } from '../guarded.js'
import * as queries from '../queries.js'
import { digest } from './assess.js'
import { Canaries, type CanarySources } from './canaries.js'
import { serveFlagger } from './flagger.js'
import { type Canary, canaryReply } from './reply.js'

/** How canaries are, for machines that wait for it. */
export function serveCanaries(api: Api, sources: CanarySources, closing: AbortSignal): void {
  const canaries = new Canaries(sources)
  const schema = describeRoute('How a canary is', {
    params: queries.appParams,
    querystring: queries.canaryQuery,
    response: { 200: canaryReply },
  })
  api.get('/v1/apps/:app/canary', { schema }, async ({ params: { app }, query, headers }, reply) => {
    const { test, wait, seen } = query
    const gone = whileWaiting(reply, closing)
    const canary = await (wait === 0
      ? canaries.read(app, test)
      : canaries.wait(app, test, { seconds: wait, seen, gone }))
    const tag = tagOf(canary)
    reply.header('etag', tag)
    return isAmong(tag, headers['if-none-match']) ? reply.code(304).send(undefined as never) : canary
  })
  serveFlagger(api, canaries)
}

/** Of all but when it was told: that it is stale, and so unknown, makes another one. */
const tagOf = ({ asOf: _, ...canary }: Canary) => `"${digest(canary)}"`
