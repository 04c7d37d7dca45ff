import { describe, expect, test } from 'vitest'
import { HOUR, SECOND, Story, steady } from './testkit/story.js'
import { second } from './testkit/traffic.js'

describe('what others get wrong', () => {
  test('without any traffic nothing is shown, and nothing happens', () => {
    const story = new Story()
    story.play(HOUR, () => ({}))
    expect(story.steps).toEqual([])
    expect(story.last.reasons).toEqual([expect.objectContaining({ reason: 'no-data', guardrail: 'errors' })])
    expect(story.rollout.health(story.now, story.last)).toMatchObject({
      health: 'unknown',
      decision: 'hold',
      requests: 0,
    })
  })

  test('twenty requests and one error say nothing', () => {
    const story = new Story()
    story.play(20, (t) => ({ canary: { requests: 1, errors: t === 7 ? 1 : 0 }, control: { requests: 1 } }))
    expect(story.steps).toEqual([])
    expect(story.last.decision).toBe('hold')
  })

  test('a few errors beside a control without any say nothing while they are below the floor', () => {
    const story = new Story({ guardrails: [{ kind: 'errors', floor: 0.01 }], steps: [{ weight: 0.2, bake: HOUR }] })
    story.play(
      600,
      steady((t) => ({ errors: t % 10 === 0 ? 1 : 0 }), { errors: 0 }),
    )
    expect(story.steps).toEqual([])
  })

  test('a canary that fails beside a control without any error is suspended', () => {
    const failing = steady(() => ({ errors: 3 }), { errors: 0 })
    expect(new Story().play(60, failing, 'suspend')).toBeLessThanOrEqual(10)
  })

  test('errors of users are no errors of the canary', () => {
    const story = new Story({
      guardrails: [{ kind: 'errors' }, { kind: 'latency' }],
      steps: [{ weight: 0.2, bake: HOUR }],
    })
    story.play(
      600,
      steady(() => ({ userErrors: 8 })),
    )
    const { userErrors } = story.rollout.health(story.now, story.last)
    expect(userErrors.canary.bad / userErrors.canary.total).toBeCloseTo(0.4, 2)
    expect(userErrors.control.bad).toBe(0)
    expect(story.steps).toEqual([])
  })

  test('metrics that are missing, late or no numbers hold, and hide nothing', async () => {
    const guardrails = [{ kind: 'errors' }, { kind: 'metric', metric: 'orders' }]
    const metric = { name: 'orders', kind: 'conversion', event: 'order' }
    const story = new Story({ guardrails }, { metrics: [metric] })
    story.play(300, steady())
    expect(story.last.reasons).toContainEqual(expect.objectContaining({ reason: 'no-data', guardrail: 'orders' }))
    await story.rollout.askMetrics(
      async () => new Map([['orders', { lnHarm: Number.NaN, lnSafety: Number.NaN }]]),
      story.now,
    )
    expect(
      story.play(
        30,
        steady(() => ({ errors: 12 })),
        'suspend',
      ),
    ).toBeLessThanOrEqual(3)
  })

  test('weights that are set by hand stop the steps, and no judgement', () => {
    const story = new Story({
      steps: [
        { weight: 0.2, bake: 0 },
        { weight: 0.5, bake: 0 },
      ],
    })
    story.play(5, steady())
    const byHand = {
      ...story.test.state.definition,
      branches: [
        { name: 'master', weight: 70 },
        { name: 'new', weight: 30 },
      ],
    }
    story.rollout.follow(story.test.apply(story.now, { what: 'define', definition: byHand }), story.now)
    const shared = (errors: number) => () => ({
      canary: { requests: 30, errors },
      control: { requests: 70, errors: story.at % 4 === 0 ? 3 : 0 },
    })
    story.play(900, shared(0))
    expect(story.steps).toEqual([])
    expect(story.last.decision).toBe('promote')
    expect(story.play(10, shared(12), 'suspend')).toBeLessThanOrEqual(2)
  })

  test('clocks that go ahead or behind move no second to another', () => {
    const story = new Story()
    const skewed = (t: number) => [
      ...second(story.now + (t % 3 === 0 ? HOUR * SECOND : -HOUR * SECOND), steady(() => ({ errors: 6 }))(t)),
    ]
    let found = null
    for (let t = 0; t < 30 && found === null; t++) {
      for (const observed of skewed(t)) story.rollout.watch.take(observed, story.now)
      story.at++
      story.rollout.watch.closeUpTo(story.now)
      if (story.rollout.judged(story.now).action === 'suspend') found = story.at
    }
    expect(found).toBeLessThanOrEqual(10)
  })
})
