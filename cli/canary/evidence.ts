import type { Canary } from '@assay/query-api/canary/reply'
import { paint, short } from '../style.js'

type Guardrail = Canary['guardrails'][number]
type Counts = Guardrail['canary']

const signs = {
  safe: ['✓', 'green'],
  open: ['·', 'dim'],
  suspect: ['!', 'yellow'],
  harmful: ['✗', 'red'],
  'no-data': ['?', 'dim'],
} as const

const NAME = 14
const RATE = 7
const COUNTS = 13
const DONE = 6

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 })
/** At most six characters. */
const few = (n: number) => (n < 100_000 ? n.toLocaleString('en-US') : compact.format(n))

/** The rate of what was bad, and the counts it is of. */
function rate(counts: Counts): string {
  if (counts === null || counts.total === null || counts.bad === null)
    return '–'.padStart(RATE).padEnd(RATE + 1 + COUNTS)
  const { total, bad } = counts
  const share = total === 0 ? '–' : `${((100 * bad) / total).toFixed(2)}%`
  return `${share.padStart(RATE)} ${`${few(bad)}/${few(total)}`.padStart(COUNTS)}`
}

/** How much of what is needed is there. */
function done(evidence: Guardrail['suspicion']): string {
  if (evidence === null || evidence.lnE === null || evidence.needed === null) return '–'.padStart(DONE)
  const { lnE, needed } = evidence
  const share = needed <= 0 ? 1 : Math.min(1, Math.max(0, lnE / needed))
  // Not before it is.
  return `${Math.floor(100 * share)}%`.padStart(DONE)
}

function line(guardrail: Guardrail): string {
  const [sign, colour] = signs[guardrail.state]
  const { name, severity, canary, control, safety, suspicion, harm } = guardrail
  const said = short(severity === 'warning' ? `${name} (warn)` : name, NAME).padEnd(NAME)
  const cells = [rate(canary), rate(control), `${done(safety)} ${done(suspicion)} ${done(harm)}`]
  return `${paint(colour, sign)} ${said}${cells.join(' ')}`
}

/** Each guardrail with what was bad in both branches, and how far the evidence is. */
export function evidenceTable(guardrails: readonly Guardrail[]): string[] {
  if (guardrails.length === 0) return []
  const branch = (name: string) => `${name} bad`.padStart(RATE + 1 + COUNTS)
  const steps = ['go on', 'susp.', 'back'].map((step) => step.padStart(DONE)).join(' ')
  const head = `  ${'guardrail'.padEnd(NAME)}${[branch('canary'), branch('control'), steps].join(' ')}`
  const legend = 'Evidence there is, of what going on, suspending and rolling back need.'
  return [paint('dim', head), ...guardrails.map(line), paint('dim', legend)]
}
