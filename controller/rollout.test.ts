import { isActive } from '@assay/core/control/rollout-state'
import { describe, expect, test } from 'vitest'
import type { MetricEvidence } from './evidence/metric.js'
import type { Judgement } from './judge.js'
import { Rollout } from './rollout.js'
import { NOON, TestOf } from './testkit/test.js'
import { type Served, second } from './testkit/traffic.js'

const SECOND = 1000
const HOUR = 3600

/** A rollout with its traffic, second by second, of which every judgement is carried out as the controller would. */
class Story {
  readonly test: TestOf
  readonly rollout: Rollout
  readonly steps: string[] = []
  at = 0
  last!: Judgement
  metrics = new Map<string, MetricEvidence>()

  constructor(rollout: object = {}, more: object = {}) {
    this.test = new TestOf({ steps: [{ weight: 0.2, bake: 0 }], minimum: { requests: 0 }, ...rollout }, more)
    this.rollout = new Rollout('shop', 't', this.test.state)
  }

  get now(): number {
    return NOON + this.at * SECOND
  }

  /** @returns the seconds after which it took its first step of these; null if it took none */
  play(seconds: number, traffic: (t: number) => { canary?: Served; control?: Served }, until?: string): number | null {
    const from = this.at
    for (let t = 0; t < seconds; t++) {
      if (!isActive(this.test.state.rollout)) return null
      const isSuspended = this.test.state.rollout!.weight === 0
      const { canary, control } = traffic(t)
      const own = { ...(canary && !isSuspended && { canary }), ...(control && { control }) }
      for (const observed of second(this.now, own)) this.rollout.watch.take(observed, this.now)
      this.at++
      this.rollout.watch.closeUpTo(this.now)
      this.last = this.rollout.judged(this.now)
      const { action, reasons } = this.last
      if (action === null) continue
      this.steps.push(
        `${action}: ${reasons.map(({ reason, guardrail }) => (guardrail ? `${guardrail} ${reason}` : reason)).join(', ')}`,
      )
      if (action === until) return this.at - from
      this.rollout.follow(this.test.apply(this.now, { what: 'rollout', action, reasons }))
    }
    return null
  }
}

/** 100 requests a second, 20 of them of the canary; of either branch one in 100 fails, in each fifth second. */
const steady =
  (canary: (t: number) => Partial<Served> = () => ({}), control: Partial<Served> = {}) =>
  (t: number) => ({
    canary: { requests: 20, errors: t % 5 === 0 ? 1 : 0, ...canary(t) },
    control: { requests: 80, errors: t % 5 === 0 ? 4 : 0, ...control },
  })

describe('a burst of errors in the canary is suspended within two seconds', () => {
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
    ).toBeLessThanOrEqual(2)
  })
})

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
    story.rollout.follow(story.test.apply(story.now, { what: 'define', definition: byHand }))
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

test('who takes over from the log alone knows what the one before knew', () => {
  const story = new Story({ resumeAfter: 30 })
  story.play(
    40,
    steady((t) => ({ errors: t < 30 ? 4 : 0 })),
  )
  expect(story.steps[0]).toBe('suspend: errors suspect')
  const successor = new Rollout('shop', 't', story.test.state)
  expect(successor.from).toBe(story.rollout.from)
  expect(successor.state.rollout).toEqual(story.test.state.rollout)
})
