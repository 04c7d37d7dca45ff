import { createRoom } from '../when/room.js'
import type { Run, When } from '../when/when.js'
import { within } from '../within.js'
import { jsonWithin } from './json.js'
import type { Job, ScienceQueue } from './queue.js'

export interface QueuedOptions {
  /** Bytes of a run as JSON, 65,536; larger ones are skipped. */
  bytes?: number
}

/** Jobs on their way to the queue at once, and how many more may wait for that. */
const LIMITS = { atOnce: 8, waiting: 100 }

/**
 * Puts the control's cleaned result with the input on a queue; `workQueue` in another process runs the candidates,
 * compares and reports. The caller waits for the control and for `clean`.
 */
export function queued(queue: ScienceQueue, { bytes = 65_536 }: QueuedOptions = {}): When {
  const room = createRoom(LIMITS)
  const push = async (run: Run, job: string) => {
    try {
      if (await within(run.timeout, () => queue.push(job))) return run.handOn()
    } catch (error) {
      run.tell('queue', error)
    }
    run.skip()
  }
  return {
    elsewhere: true,
    idle: room.idle,
    async run(run) {
      const { experiment, id, user, context, input } = run
      const control = await run.clean(await run.control())
      if (control.outcome === 'ok' && !('value' in control)) return run.skip()
      try {
        // The caller may change what it is given, so it is written down before.
        const job = jsonWithin(bytes, { experiment, id, user, context, input, control } satisfies Job)
        room.enter(run, () => push(run, job))
      } catch (error) {
        run.tell('queue', error)
        run.skip()
      }
    },
  }
}
