import { describe, expect, test } from 'vitest'
import { HOUR, Story, steady } from '../testkit/story.js'

describe('a burst of errors in the canary is suspended within three seconds', () => {
  test.each([
    ['at the start', 0],
    ['after two healthy hours', 2 * HOUR],
  ])('%s', (_, healthy) => {
    const story = new Story({ steps: [{ weight: 0.2, bake: 5 * HOUR }] })
    expect(story.play(healthy, steady())).toBeNull()
    expect(story.steps).toEqual([])
    expect(
      story.play(
        10,
        steady(() => ({ errors: 12 })),
        'suspend',
      ),
    ).toBeLessThanOrEqual(3)
  })
})

describe('guardrails', () => {
  test('a tail that is twice as slow is found, though the mean hardly moves', () => {
    const latency = (slow: number) => (n: number) => (n % 50 === 0 ? slow : 20 + (n % 10))
    const story = new Story({
      guardrails: [{ kind: 'latency', quantile: 0.95, margin: 0.2 }],
      steps: [{ weight: 0.2, bake: HOUR }],
    })
    const branch = (requests: number, slow: number) => ({ requests, latency: latency(slow) })
    const healthy = () => ({ canary: branch(100, 100), control: branch(400, 100) })
    story.play(300, healthy)
    expect(story.steps).toEqual([])
    const slower = (n: number) => (n % 12 === 0 ? 200 : 20 + (n % 10))
    const slow = () => ({ canary: { requests: 100, latency: slower }, control: branch(400, 100) })
    expect(story.play(300, slow, 'suspend')).toBeLessThanOrEqual(60)
  })

  test('a canary that hangs is found by what was sent and not answered', () => {
    const story = new Story({
      guardrails: [{ kind: 'hung' }],
      missing: { act: 'hold' },
      steps: [{ weight: 0.2, bake: HOUR }],
    })
    story.play(120, steady())
    expect(story.steps).toEqual([])
    expect(
      story.play(
        60,
        steady(() => ({ requests: 0, errors: 0, sent: 20 })),
        'suspend',
      ),
    ).toBeLessThanOrEqual(30)
  })

  test('a warning pauses, and holds what would be promoted', () => {
    const guardrails = [{ kind: 'errors', severity: 'warning' }]
    const story = new Story({ guardrails })
    story.play(
      60,
      steady(() => ({ errors: 8 })),
    )
    expect(story.steps).toEqual(['pause: errors suspect'])
    expect(story.test.state.rollout).toMatchObject({ stage: 'paused', weight: 0.2 })
  })
})
