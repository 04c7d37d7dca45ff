import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { ControlFollower } from '@assay/core/control/follower'
import { isActive } from '@assay/core/control/rollout-state'
import type { TestState } from '@assay/core/control/test-state'
import { AssayError } from '@assay/core/errors'
import { newEventId } from '@assay/core/event'
import { endsOf, type Log } from '@assay/core/log/log'
import type { Store } from '@assay/core/store/store'
import type { AskMetrics } from './evidence/metric.js'
import type { Judgement } from './judge.js'
import type { Observed } from './observed.js'
import { Rollout } from './rollout.js'
import { TrafficStream } from './stream.js'

export interface TermOptions {
  log: Log
  /** Where it is told how canaries are. */
  store: Store
  control: ControlFollower
  askMetrics: AskMetrics
  clock: () => number
  onError: (error: unknown) => void
}

/** Milliseconds between two looks, and for which a second is kept open for what is on its way to the log. */
const TICK = 250
const GRACE = 250
/** Milliseconds before a look that failed is tried again. */
const RETRY = 1000

/** What one controller does while it leads: looks at all rollouts that are under way, and takes their steps. */
export class Term {
  readonly #o: TermOptions
  readonly #epoch: number
  readonly #rollouts = new Map<string, Rollout>()
  /** Apps of which something was changed since the last look. */
  readonly #changed: Set<string>
  readonly #leave: () => void
  #stream: TrafficStream | null = null
  /** Whether the stream has reached the log's end: what comes then is of now, whatever clocks say. */
  #isLive = false
  /** What is to be told, of each rollout the last. */
  readonly #rows = new Map<string, Row>()
  #telling: Promise<unknown> = Promise.resolve()

  constructor(options: TermOptions, epoch: number) {
    this.#o = options
    this.#epoch = epoch
    const { definitions } = options.control
    this.#changed = new Set(definitions.apps)
    this.#leave = definitions.onChange((app) => this.#changed.add(app), 'any')
  }

  /** Until the signal, or until another leads. */
  async run(signal: AbortSignal): Promise<void> {
    const { control, onError } = this.#o
    while (!signal.aborted && control.definitions.epoch === this.#epoch) {
      const wait = await this.#look(signal).then(
        () => TICK,
        (error) => {
          onError(error)
          return RETRY
        },
      )
      await sleep(wait, undefined, { signal }).catch(() => {})
    }
    this.#leave()
  }

  /** Resolves once the store has been told. */
  get told(): Promise<unknown> {
    return this.#telling
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { log, clock, onError } = this.#o
    this.#follow(clock())
    if (this.#rollouts.size === 0) {
      this.#stream = null
      this.#isLive = false
      return
    }
    const rollouts = [...this.#rollouts.values()]
    const wants = (app: string) => [...this.#rollouts.values()].some((one) => one.app === app)
    this.#stream ??= await TrafficStream.from(log, Math.min(...rollouts.map(({ from }) => from)), wants)
    if (!(await this.#catchUp(this.#stream, signal))) return
    this.#isLive = true
    const now = clock()
    for (const rollout of rollouts) {
      rollout.watch.tick(now - GRACE)
      await this.#act(rollout, now).catch(onError)
    }
  }

  /** Reads what was logged up to now, however much comes meanwhile. @returns false where it shall stop */
  async #catchUp(stream: TrafficStream, signal: AbortSignal): Promise<boolean> {
    const ends = await endsOf(this.#o.log)
    do {
      await stream.advance((observed) => this.#take(observed))
      // An embedded log is read without a wait, and others have work on this thread.
      await setImmediate()
    } while (!stream.hasReached(ends) && !signal.aborted)
    return !signal.aborted
  }

  #take(observed: Observed): void {
    const now = this.#o.clock()
    for (const { app, from, watch } of this.#rollouts.values()) {
      // Read again, the log begins with the earliest rollout: what was before this one is none of its evidence.
      const isBefore = !this.#isLive && observed.received < from
      if (app === observed.app && !isBefore) watch.take(observed, now)
    }
  }

  /** Takes up rollouts that were begun, and lets go those that are over. */
  #follow(now: number): void {
    const { definitions } = this.#o.control
    const changed = [...this.#changed]
    this.#changed.clear()
    for (const app of changed) {
      for (const [key, rollout] of this.#rollouts) {
        if (rollout.app !== app || rollout.follow(definitions.test(app, rollout.testId), now)) continue
        this.#rollouts.delete(key)
      }
      for (const [testId, state] of definitions.tests(app)) {
        const key = JSON.stringify([app, testId])
        if (isActive(state.rollout) && !this.#rollouts.has(key))
          this.#rollouts.set(key, new Rollout(app, testId, state))
      }
    }
  }

  async #act(rollout: Rollout, now: number): Promise<void> {
    const { control, askMetrics, onError } = this.#o
    rollout.askMetrics(askMetrics, now).catch(onError)
    const judgement = rollout.judged(now)
    const { action } = judgement
    if (action !== null && !wasTold(rollout.state, action)) await this.#step(rollout, now, { ...judgement, action })
    const { app, testId } = rollout
    rollout.follow(control.definitions.test(app, testId), now)
    const told = rollout.toTell(now, judgement)
    if (told !== null) this.#tell({ app, test: testId, told: now, health: JSON.stringify(told) })
  }

  /** A step that another came before is none: what follows from it is judged at the next look. */
  async #step({ app, testId, state }: Rollout, at: number, { action, reasons }: Step): Promise<void> {
    const { version: expects, definition } = state
    const dry = definition.rollout!.dryRun ? { dry: true as const } : {}
    const record = { id: newEventId(), at, by: 'controller', app, testId, expects, epoch: this.#epoch }
    try {
      await this.#o.control.write({ ...record, what: 'rollout', action, reasons, ...dry })
    } catch (error) {
      if (!(error instanceof AssayError && error.code === 'version-mismatch')) throw error
    }
  }

  /** Not waited for: a store that is away keeps nothing from being decided, and hears of the last when it is back. */
  #tell(row: Row): void {
    const isTelling = this.#rows.size > 0
    this.#rows.set(JSON.stringify([row.app, row.test]), row)
    if (!isTelling) this.#telling = this.#telling.then(() => this.#tellAll()).catch(this.#o.onError)
  }

  async #tellAll(): Promise<void> {
    const lines = [...this.#rows.values()].map((row) => Buffer.from(`${JSON.stringify(row)}\n`))
    this.#rows.clear()
    await this.#o.store.write.insertLines('canaries', lines, newEventId())
  }
}

/** A row of the table `canaries`. */
interface Row {
  app: string
  test: string
  told: number
  health: string
}

type Step = Judgement & { action: NonNullable<Judgement['action']> }

/** Whether a policy that only tells has told of this step already. */
const wasTold = ({ rollout }: TestState, action: Step['action']) =>
  rollout!.last.dry === true && rollout!.last.action === action
