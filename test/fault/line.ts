import type { FaultRun } from './run-faults.js'

/** A run in a line of text. */
export function line({ number, fault, skipped, lasted, recovery, took, wrong, ...counts }: FaultRun): string {
  const start = `${String(number).padStart(4)}  ${fault.padEnd(18)}`
  if (skipped !== undefined) return `${start} skipped: ${skipped}`
  const { acknowledged, records, counted, repeats, quarantined } = counts
  const times = `${lasted} + ${recovery} of ${took} ms`
  const numbers = `${acknowledged} acknowledged; ${records} = ${counted} + ${repeats} + ${quarantined}`
  const verdict = wrong.length === 0 ? 'ok' : `WRONG: ${wrong.slice(0, 5).join('; ')} (${wrong.length})`
  return `${start} ${times.padEnd(22)} ${numbers}: ${verdict}`
}
