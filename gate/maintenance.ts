import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'

export interface Maintenance {
  isOn(): boolean
  close(): void
}

/** Milliseconds between two looks. */
const EVERY = 1000

/**
 * Whether a file is there, as of the last second: while it is, everybody goes to the control. Where that cannot be told,
 * it counts as there.
 */
export function watchMaintenance(path: string, every = EVERY): Maintenance {
  let isOn = true
  try {
    statSync(path)
  } catch (error) {
    isOn = !isMissing(error)
  }
  const look = () =>
    stat(path).then(
      () => true,
      (error) => !isMissing(error),
    )
  const timer = setInterval(async () => {
    isOn = await look()
  }, every).unref()
  return { isOn: () => isOn, close: () => clearInterval(timer) }
}

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'
