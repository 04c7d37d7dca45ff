import { type Progress, progress } from '../progress.js'

export interface WorkOptions {
  /** Whether nobody looks at progress. */
  quiet: boolean
  /** Ends the work when it aborts. */
  signal: AbortSignal
}

/** Progress of work that can be stopped: where it is reported nothing is half done, so there the signal is thrown. */
export function workBar(
  label: string,
  total: number,
  unit: string,
  { quiet, signal }: WorkOptions,
  from = 0,
): Progress {
  const bar = progress(label, total, unit, quiet, from)
  return {
    update(done) {
      signal.throwIfAborted()
      bar.update(done)
    },
    stop: () => bar.stop(),
  }
}
