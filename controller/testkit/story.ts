import { isActive } from '@assay/core/control/rollout-state'
import type { Judgement } from '../judge.js'
import { Rollout } from '../rollout.js'
import { NOON, TestOf } from './test.js'
import { type Served, second } from './traffic.js'

export const SECOND = 1000
export const HOUR = 3600

/** A rollout with its traffic, second by second, of which every judgement is carried out as the controller would. */
export class Story {
  readonly test: TestOf
  readonly rollout: Rollout
  readonly steps: string[] = []
  at = 0
  last!: Judgement

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
      this.rollout.watch.tick(this.now)
      this.last = this.rollout.judged(this.now)
      const { action, reasons } = this.last
      if (action === null) continue
      this.steps.push(
        `${action}: ${reasons.map(({ reason, guardrail }) => (guardrail ? `${guardrail} ${reason}` : reason)).join(', ')}`,
      )
      if (action === until) return this.at - from
      this.rollout.follow(this.test.apply(this.now, { what: 'rollout', by: 'controller', action, reasons }), this.now)
    }
    return null
  }
}

/** 100 requests a second, 20 of them of the canary; of either branch one in 100 fails, in each fifth second. */
export const steady =
  (canary: (t: number) => Partial<Served> = () => ({}), control: Partial<Served> = {}) =>
  (t: number) => ({
    canary: { requests: 20, errors: t % 5 === 0 ? 1 : 0, ...canary(t) },
    control: { requests: 80, errors: t % 5 === 0 ? 4 : 0, ...control },
  })
