import { createRoom } from './room.js'
import { shuffle } from './shuffle.js'
import type { Run, When } from './when.js'

export interface InTurnOptions {
  /** Which run first and in what order, `control` among them; the others after these. Shuffled unless it is given. */
  order?: readonly string[]
  /** Runs with candidates under way at once, any number; of further ones only the control runs. */
  atOnce?: number
}

/** One after the other, in random order: the caller waits for all of them, and until they are judged and told of. */
export function inTurn({ order, atOnce = Infinity }: InTurnOptions = {}): When {
  const room = createRoom({ atOnce, waiting: 0 })
  const all = async (run: Run) => {
    const observations = []
    for (const name of arrange(run, order))
      observations.push(await (name === 'control' ? run.control() : run.candidate(name)))
    await run.conclude(observations)
  }
  return {
    idle: room.idle,
    run: (run) => room.enter(run, () => all(run)),
  }
}

function arrange({ candidates, random }: Run, order?: readonly string[]): string[] {
  const names = ['control', ...candidates]
  if (!order) return shuffle(names, random)
  return [...new Set([...order.filter((name) => names.includes(name)), ...names])]
}
