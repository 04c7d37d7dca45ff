import { setTimeout as sleep } from 'node:timers/promises'
import { AssayError } from '../../errors.js'

/** Milliseconds that a leader or coordinator may be on its way to another broker. */
const PATIENCE = 10_000
const PAUSE = 100

/** Tries again what fails because brokers do not agree yet; `recover` comes before each new try. */
export async function patiently<T>(
  work: () => Promise<T>,
  recover: () => Promise<unknown> = async () => {},
): Promise<T> {
  for (const deadline = performance.now() + PATIENCE; ; await sleep(PAUSE)) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof AssayError || performance.now() > deadline) throw error
      await recover()
    }
  }
}
