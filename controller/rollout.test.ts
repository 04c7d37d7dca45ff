import { describe, expect, test } from 'vitest'
import { HOUR, Story, steady } from './testkit/story.js'

describe('steps', () => {
  test('a healthy canary grows to everybody, and what was shown is said', () => {
    const story = new Story({ steps: [0.2, 0.5].map((weight) => ({ weight, bake: 60 })) })
    story.play(3 * HOUR, () => {
      const { weight } = story.test.state.rollout!
      const branch = (requests: number) => ({ requests, errors: story.at % 5 === 0 ? requests / 20 : 0 })
      return { canary: branch(100 * weight), control: branch(100 * (1 - weight)) }
    })
    expect(story.steps).toEqual(['promote: errors safe', 'promote: errors safe'])
    expect(story.test.state.rollout).toMatchObject({ stage: 'done', weight: 1 })
  })

  test.each<[string, object, string]>([
    ['its bake time', { steps: [{ weight: 0.2, bake: HOUR }, { weight: 0.5 }] }, 'baking'],
    ['enough users', { minimum: { users: 99_000 } }, 'too-few-users'],
    ['enough requests', { minimum: { requests: 99_000 } }, 'too-few-requests'],
    ['somebody who sends it on', { steps: [{ weight: 0.2, bake: 0, manual: true }, { weight: 0.5 }] }, 'manual-step'],
  ])('a canary that is shown to be well waits for %s', (_, policy, reason) => {
    const story = new Story({ steps: [{ weight: 0.2, bake: 0 }, { weight: 0.5 }], ...policy })
    story.play(600, steady())
    expect(story.steps).toEqual([])
    expect(story.last).toMatchObject({ decision: 'hold', reasons: [{ reason }] })
  })

  test('a suspended canary is tried again, and after too many times by a person only', () => {
    const story = new Story({ suspensions: 1, resumeAfter: 30 })
    story.play(
      600,
      steady(() => ({ errors: 12 })),
    )
    expect(story.steps).toEqual(['suspend: errors suspect', 'resume: tried-again', 'suspend: errors suspect'])
    expect(story.last).toMatchObject({ decision: 'suspend', reasons: [{ reason: 'suspended-too-often' }] })
  })

  test('one that is hurt for long is rolled back', () => {
    const story = new Story({ suspendAlpha: 1e-300, steps: [{ weight: 0.2, bake: HOUR }] })
    expect(
      story.play(
        HOUR,
        steady(() => ({ errors: 8 })),
        'rollback',
      ),
    ).toBeLessThanOrEqual(900)
  })

  test.each<[string, string[], string]>([
    ['hold', [], 'hold'],
    ['pause', ['pause: canary-silent'], 'hold'],
    ['suspend', ['suspend: canary-silent', 'resume: tried-again', 'suspend: canary-silent'], 'suspend'],
    ['rollback', ['rollback: canary-silent'], 'rollback'],
  ])('a canary that is silent beside a control with traffic: %s', (act, steps, decision) => {
    const story = new Story({ missing: { act, after: 60 }, resumeAfter: 60, suspensions: 1 })
    const silent = () => ({ control: { requests: 80, errors: 1 } })
    story.play(59, silent)
    expect(story.steps).toEqual([])
    const until = act === 'rollback' ? 1 : 240
    story.play(until, silent)
    expect(story.steps).toEqual(steps)
    expect(story.last.decision).toBe(decision)
  })
})

test('a step by a person is not judged by what was seen before it', () => {
  const story = new Story({ suspensions: 5 })
  story.play(
    20,
    steady(() => ({ errors: 12 })),
    'suspend',
  )
  story.rollout.follow(story.test.apply(story.now, { what: 'rollout', action: 'suspend' }), story.now)
  story.play(5, steady())
  story.rollout.follow(story.test.apply(story.now + 300, { what: 'rollout', action: 'resume' }), story.now)
  expect(story.rollout.judged(story.now + 500)).toMatchObject({ action: null, reasons: [{ reason: 'settling' }] })
  story.play(2, () => ({}))
  expect(story.last).toMatchObject({ decision: 'hold', action: null })
})

describe('records that are no steps', () => {
  const shown = () => {
    const story = new Story({
      steps: [
        { weight: 0.2, bake: 0 },
        { weight: 0.5, bake: HOUR },
      ],
    })
    story.play(600, steady(), 'promote')
    story.rollout.follow(
      story.test.apply(story.now, { what: 'rollout', by: 'controller', action: 'promote' }),
      story.now,
    )
    story.play(60, steady())
    return story
  }

  test.each([
    ['made current', { what: 'current' }],
    ['told of what would be done', { what: 'rollout', by: 'controller', action: 'suspend', dry: true }],
  ])('leave the evidence as it is: %s', (_, record) => {
    const story = shown()
    const { requests } = story.rollout.watch
    expect(requests).toBeGreaterThan(1000)
    story.rollout.follow(story.test.apply(story.now, record), story.now)
    story.play(3, () => ({}))
    expect(story.rollout.watch.requests).toBe(requests)
  })
})

test('what a person has paused or suspended stays so', () => {
  const story = new Story({ resumeAfter: 5 })
  story.play(
    20,
    steady(() => ({ errors: 12 })),
  )
  story.rollout.follow(story.test.apply(story.now, { what: 'rollout', action: 'pause' }), story.now)
  story.play(60, steady())
  expect(story.test.state.rollout).toMatchObject({ stage: 'paused', weight: 0 })
  story.rollout.follow(story.test.apply(story.now, { what: 'rollout', action: 'resume' }), story.now)
  story.rollout.follow(story.test.apply(story.now, { what: 'rollout', action: 'suspend' }), story.now)
  story.play(60, steady())
  expect(story.test.state.rollout).toMatchObject({ stage: 'suspended' })
  expect(story.last.reasons).toEqual([{ reason: 'suspended-by-hand' }])
})

test('a clock that was set ahead and back again blinds nobody for long', () => {
  const story = new Story()
  story.play(30, steady())
  story.rollout.watch.tick(story.now + 600_000)
  story.rollout.watch.tick(story.now)
  expect(
    story.play(
      20,
      steady(() => ({ errors: 12 })),
      'suspend',
    ),
  ).toBeLessThanOrEqual(5)
})
