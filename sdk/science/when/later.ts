import { createRoom, type Limits } from './room.js'
import { shuffle } from './shuffle.js'
import type { Run, When } from './when.js'

/** After the control has answered, one after the other: 1 run at once, and 100 that wait, unless limits are given. */
export function later({ atOnce = 1, waiting = 100 }: Partial<Limits> = {}): When {
  const room = createRoom({ atOnce, waiting })
  const all = async (run: Run) => {
    await turn()
    const observations = [await run.control()]
    for (const name of shuffle(run.candidates, run.random)) observations.push(await run.candidate(name))
    await run.conclude(observations)
  }
  return {
    idle: room.idle,
    async run(run) {
      await run.control()
      room.enter(run, () => all(run))
    },
  }
}

/** The event loop has gone round once, so that what waited for the answer has had its turn. */
const turn = () => new Promise<unknown>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve, 0))
