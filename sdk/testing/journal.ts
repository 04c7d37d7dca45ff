import type { Line } from '../delivery/keep.js'
import type { Consent } from '../options.js'
import type { Props } from '../visitor.js'

/** What somebody did, as the server would have it. */
export interface FakeEvent {
  /** The id of who did it. */
  user: string
  /** Its name; `$identify` and `$science` are Assay's own. */
  event: string
  /** Missing, where none was given. */
  value?: number
  /** The branches of the tests that it belongs to. */
  tests: Record<string, string>
  /** Missing, where none were given. */
  props?: Props
}

/** That a user was shown a branch, and counts in the test. */
export interface FakeExposure {
  /** The id of who counts. */
  user: string
  /** The test in which it is. */
  testId: string
  /** The branch that was shown. */
  branch: string
}

/** Takes the place of consent, delivery and server: keeps what would have arrived. */
export class Journal {
  readonly events: FakeEvent[] = []
  readonly exposures: FakeExposure[] = []
  readonly #held: Line[] = []
  #consent: Consent

  constructor(consent: Consent) {
    this.#consent = consent
  }

  readonly isOut = (): boolean => this.#consent === 'denied'

  readonly add = (line: Line): void => {
    if (this.#consent === 'granted') this.#take(line)
    else this.#held.push(line)
  }

  /** What waited arrives, or is given up. */
  decide(consent: Consent): void {
    this.#consent = consent
    if (consent !== 'granted' && consent !== 'denied') return
    for (const line of this.#held.splice(0)) if (consent === 'granted') this.#take(line)
  }

  #take({ json }: Line): void {
    const { user, event, value, tests = {}, props } = JSON.parse(json)
    if (event === '$exposure')
      for (const [testId, branch] of Object.entries<string>(tests)) this.exposures.push({ user, testId, branch })
    else this.events.push({ user, event, ...(value != null && { value }), tests, ...(props && { props }) })
  }
}
