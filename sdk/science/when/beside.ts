import { createRoom } from './room.js'
import { shuffle } from './shuffle.js'
import type { When } from './when.js'

export interface BesideOptions {
  /** Runs with candidates under way at once, 100; of further ones only the control runs. */
  atOnce?: number
}

/** All at once, the control first to start: the caller waits for the control alone. */
export function beside({ atOnce = 100 }: BesideOptions = {}): When {
  const room = createRoom({ atOnce, waiting: 0 })
  return {
    idle: room.idle,
    run(run) {
      const control = run.control()
      const all = async () => {
        const candidates = shuffle(run.candidates, run.random).map(run.candidate)
        await run.conclude(await Promise.all([control, ...candidates]))
      }
      room.enter(run, all)
      return control
    },
  }
}
