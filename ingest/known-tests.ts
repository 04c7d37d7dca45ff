import { quote } from './describe.js'
import type { IngestLimits, KnownTest } from './options.js'
import { Refusal } from './validate.js'

type Limits = Pick<IngestLimits, 'apps' | 'testsPerApp'>

/** Tests come to be by being named; a name made up per user would grow every table, so their number is bounded. */
export class KnownTests {
  private readonly apps = new Map<string, Set<string>>()

  constructor(
    known: Iterable<KnownTest>,
    private readonly limits: Limits,
  ) {
    for (const { app, test } of known) {
      const tests = this.apps.get(app) ?? new Set()
      this.apps.set(app, test === '' ? tests : tests.add(test))
    }
  }

  /** Makes the app and all the tests known, or none of them. */
  admit(app: string, tests: Record<string, string>): Refusal | null {
    const known = this.apps.get(app)
    if (known === undefined && this.apps.size >= this.limits.apps) return this.tooManyApps(app)
    let fresh = 0
    for (const test in tests) if (!known?.has(test)) fresh++
    if (fresh > 0 && (known?.size ?? 0) + fresh > this.limits.testsPerApp) return this.tooManyTests(app)
    if (known === undefined) this.apps.set(app, new Set(Object.keys(tests)))
    else if (fresh > 0) for (const test in tests) known.add(test)
    return null
  }

  private tooManyApps(app: string): Refusal {
    return new Refusal('too-many-apps', `Expected one of ${this.limits.apps} known apps; ${quote(app)} came.`)
  }

  private tooManyTests(app: string): Refusal {
    const most = this.limits.testsPerApp
    return new Refusal('too-many-tests', `Expected one of the tests of ${quote(app)}, at most ${most}; a new one came.`)
  }
}
