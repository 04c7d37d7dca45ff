import { EventEmitter, once } from 'node:events'
import type { ControlFollower } from '@assay/core/control/follower'
import type { TestState } from '@assay/core/control/test-state'
import { AssayError } from '@assay/core/errors'
import { requireApp } from '../apps.js'
import type { Reads } from '../reads.js'
import { assess, isOver, unknown } from './assess.js'
import type { Canary } from './reply.js'
import { readTold } from './told.js'

/** Milliseconds between two looks for those who wait; steps are known at once. */
const LOOK_EVERY = 1000
/** Requests of one process that wait at the same time: each asks the store at every look. */
export const MOST_WAITING = 50
/** Seconds after which those who found no place may come back. */
const RETRY_AFTER = 5

export interface Wait {
  seconds: number
  /** The `mark` of what is known already. */
  seen: string | undefined
  /** Aborts when nobody waits any more. */
  gone: AbortSignal
}

export interface CanarySources {
  reads: Reads
  control: ControlFollower
  clock: () => number
}

/** How the canaries of apps are, now or as soon as that has changed. */
export class Canaries {
  readonly #sources: CanarySources
  readonly #changes = new EventEmitter().setMaxListeners(MOST_WAITING)
  #waiting = 0

  constructor(sources: CanarySources) {
    this.#sources = sources
    sources.control.definitions.onChange((app) => void this.#changes.emit(`app ${app}`), 'any')
  }

  /** Of this test, else of the one that people mean. @throws AssayError `app-not-found` */
  async read(app: string, asked: string | undefined): Promise<Canary> {
    const { reads, control, clock } = this.#sources
    const { definitions } = control
    if (!definitions.has(app)) await requireApp(reads, app)
    const testId = asked ?? meant(definitions.tests(app), definitions.currentTest(app))
    if (testId === null) return unknown({ app, testId }, 'no-rollout')
    const told = await readTold(reads, app, testId)
    // The state is read behind it, or a step between the two would make what was told one of a step to come.
    const test = definitions.test(app, testId)
    if (test === undefined) return unknown({ app, testId }, 'no-such-test')
    return assess({ app, testId }, test, told, clock())
  }

  /**
   * As `read`, once it is another than what was seen; where nothing was, once there is a verdict, or the rollout has moved
   * or is over. When the time is over, as it is then. @throws AssayError `app-not-found`, `too-many-streams`
   */
  async wait(app: string, asked: string | undefined, { seconds, seen, gone }: Wait): Promise<Canary> {
    if (this.#waiting >= MOST_WAITING) {
      const detail = `Expected fewer than ${MOST_WAITING} requests that wait; there is no place now.`
      throw new AssayError('too-many-streams', detail, { retryAfter: RETRY_AFTER })
    }
    this.#waiting++
    try {
      const end = AbortSignal.any([gone, AbortSignal.timeout(1000 * seconds)])
      let canary = await this.read(app, asked)
      const known = seen ?? (isOpen(canary) ? canary.mark : null)
      while (canary.mark === known && !end.aborted) {
        await this.#change(app, end)
        canary = await this.read(app, asked)
      }
      return canary
    } finally {
      this.#waiting--
    }
  }

  async #change(app: string, end: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([end, AbortSignal.timeout(LOOK_EVERY)])
    // It rejects when the time is over, which is as good.
    await once(this.#changes, `app ${app}`, { signal }).catch(() => {})
  }
}

const isOpen = ({ verdict, stage }: Canary) => verdict === 'insufficient' && !isOver(stage)

/** The app's current test if it has a rollout, else the running one whose rollout moved last. */
function meant(tests: ReadonlyMap<string, TestState>, current: string | undefined): string | null {
  if (current !== undefined && tests.get(current)?.rollout !== undefined) return current
  const rolling = [...tests].filter(([, { stage, rollout }]) => stage === 'running' && rollout !== undefined)
  const [last] = rolling.sort(([, a], [, b]) => b.rollout!.last.at - a.rollout!.last.at)
  return last?.[0] ?? current ?? null
}
