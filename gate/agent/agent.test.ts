import { expect, onTestFinished, test } from 'vitest'
import { ask } from '../testkit/ask.js'
import { decisionsBy, release } from '../testkit/tests.js'
import { openAgent, percentOf } from './agent.js'

test.each<[string, ReturnType<typeof decisionsBy>, string]>([
  ['5 %', decisionsBy(release(0.05)), '5%\n'],
  ['29 %, which is a little less in binary', decisionsBy(release(0.29)), '29%\n'],
  ['all', decisionsBy(release(1)), '100%\n'],
  ['nothing', decisionsBy(release(0)), '0%\n'],
  ['less than a percent', decisionsBy(release(0.009)), '0%\n'],
  ['stale', decisionsBy(release(1), false), '0%\n'],
  ['not known', decisionsBy(null), '0%\n'],
])('%s', async (_, decisions, expected) => {
  const agent = await openAgent({ host: '127.0.0.1', port: 0, percent: () => percentOf(decisions.rollout()) })
  onTestFinished(() => agent.close())
  expect(await ask(agent.port)).toBe(expected)
  expect(await ask(agent.port, 'agent-send\n', '\0\xff')).toBe(expected)
})
