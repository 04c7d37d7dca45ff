import type { Tests } from '../options.js'
import type { Subject } from '../visitor.js'

/** What is shown to everybody, and what to the user of the page alone. */
export class Shown {
  #forced: Record<string, string> = {}

  /** @param all by test id, the branch that everybody has */
  constructor(
    readonly all: Record<string, string>,
    readonly control: string,
  ) {}

  /** Somebody else is the user of the page. */
  enter(user: string): Subject {
    this.#forced = {}
    return { user, forced: this.#forced }
  }

  force(testId: string, branch: string | null): void {
    if (branch === null) delete this.#forced[testId]
    else this.#forced[testId] = branch
  }

  /** Each test has the branch of everybody; one that the user is forced into has that as well, which nobody else gets. */
  get tests(): Tests {
    const { all, control } = this
    const forced = this.#forced
    const asked = Object.fromEntries(Object.keys(forced).map((testId) => [testId, control]))
    return Object.fromEntries(
      Object.entries({ ...asked, ...all }).map(([testId, name]) => {
        const others = Object.hasOwn(forced, testId) ? [{ name: forced[testId]!, weight: 0 }] : []
        return [testId, { control, branches: [{ name, weight: 1 }, ...others] }]
      }),
    )
  }
}
