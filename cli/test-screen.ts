import { guardrailName } from '@assay/core/definition/rollout'
import type { Changed, Defined, History, Tests } from '@assay/query-api/schemas'
import { rolloutWords } from './canary/history.js'
import { shareWords } from './canary/words.js'
import { historyTable } from './history-table.js'
import { metricWords } from './metric-words.js'
import { count, field, paint, percent, short } from './style.js'
import { type Weighted, words } from './test-requests.js'

const WIDTH = 80
const colour = { draft: 'yellow', running: 'green', stopped: 'dim', archived: 'dim' } as const
type Stage = keyof typeof colour

const inStage = (stage: Stage, width = 0) => paint(colour[stage], stage.padEnd(width))
const titleOf = ({ app, testId }: { app: string; testId: string }) => paint('bold', `${app} / ${testId}`)

/** The tests of an app, one a line. */
export function listScreen({ app, tests }: Tests): string {
  if (tests.length === 0) return `${paint('bold', app)} has no tests.`
  const width = Math.min(20, Math.max(4, ...tests.map(({ testId }) => testId.length)))
  const columns = ['test'.padEnd(width), 'stage   ', 'ver', '   users', 'last event', 'branches']
  const rows = tests.map((test) => listRow(test, width))
  const notes = [
    ...(tests.some((test) => test.current) ? ['* the app’s current test'] : []),
    ...(tests.some((test) => test.stage === undefined) ? ['– known from its events alone'] : []),
  ]
  const legend = notes.length === 0 ? [] : ['', paint('dim', notes.join('   '))]
  return [paint('dim', `  ${columns.join('  ')}`), ...rows, ...legend].join('\n')
}

function listRow(
  { testId, stage, version, users, lastSeen, branches, current }: Tests['tests'][number],
  width: number,
) {
  const start = `${current ? '* ' : '  '}${short(testId, width).padEnd(width)}  `
  const numbers = [
    String(version ?? '–').padStart(3),
    count(users).padStart(8),
    (lastSeen ?? '–').slice(0, 10).padEnd(10),
  ]
  const end = `  ${numbers.join('  ')}  `
  const room = WIDTH - start.length - 8 - end.length
  return start + (stage ? inStage(stage, 8) : '–'.padEnd(8)) + end + short(branches.join(', '), room)
}

/** All that is defined of a test. */
export function showScreen(test: Defined): string {
  const { version, phase, stage, current, ship, definition } = test
  const notes = [`version ${version}, phase ${phase}`, ...(current ? ['the app’s current test'] : [])]
  const fields = fieldsOf(definition).flatMap(([label, text]) => field(label, text))
  return [
    `${titleOf(test)}   ${inStage(stage)}   ${notes.join('   ')}`,
    '',
    ...branchLines(definition.branches, definition.control, ship),
    '',
    ...fields,
  ].join('\n')
}

type Definition = Defined['definition']

function branchLines(branches: Definition['branches'], control?: string, ship?: string): string[] {
  const width = Math.min(40, Math.max(...branches.map(({ name }) => name.length)))
  const total = branches.reduce((sum, { weight }) => sum + weight, 0)
  return branches.map(({ name, weight }) => {
    const share = `${((100 * weight) / total).toFixed(1)}%`.padStart(6)
    const notes = [...(name === control ? ['control'] : []), ...(name === ship ? ['everybody gets it'] : [])]
    return `  ${short(name, width).padEnd(width)}  ${share}  ${paint('dim', notes.join(', '))}`.trimEnd()
  })
}

/** What there is to say, each under its label. */
function fieldsOf(definition: Definition): [string, string][] {
  const { metrics, guardrails, decision, rollout, coverage, namespace, holdout } = definition
  const { targeting, sticky, hypothesis, owner } = definition
  const said: [string, string | undefined | false][] = [
    ...metrics.map((metric, i): [string, string] => [i === 0 ? 'metrics' : '', metricLine(metric)]),
    ...guardrails.map((metric, i): [string, string] => [i === 0 ? 'guardrails' : '', metricLine(metric)]),
    ['decision', `${decision.method}, alpha ${decision.alpha}, ${count(decision.plannedUsers)} users planned`],
    ['rollout', rollout && policyWords(rollout)],
    ['coverage', coverage !== undefined && percent(coverage)],
    ['namespace', namespace && `${namespace.name}, ${namespace.from} to ${namespace.to}`],
    ['holdout', holdout && `${holdout.name}, ${percent(holdout.share)}`],
    ['targeting', targeting && JSON.stringify(targeting)],
    ['sticky', sticky && 'users keep their first branch'],
    ['hypothesis', hypothesis],
    ['owner', owner],
  ]
  return said.filter((one): one is [string, string] => typeof one[1] === 'string')
}

const policyWords = ({ steps, guardrails, dryRun }: NonNullable<Definition['rollout']>) =>
  `${[...steps, { weight: 1 }].map(({ weight }) => shareWords(weight)).join(', ')}; ` +
  `watched: ${guardrails.map(guardrailName).join(', ')}${dryRun ? '; only told' : ''}`

const metricLine = (metric: Definition['metrics'][number]) =>
  typeof metric === 'string'
    ? `${metric}, of the app`
    : `${metric.name}: ${metricWords(metric)}, ${metric.direction} is better`

const next: Partial<Record<Stage, string>> = { draft: 'assay test start', running: 'assay results' }

/** What became of a test, and what comes next. */
export function changedScreen(test: Changed & { current?: true }): string {
  const { app, testId, version, stage, current } = test
  const done = `${paint('green', '✓')} ${titleOf(test)}   ${inStage(stage)}   version ${version}`
  if (current) return `${done}   the app’s current test`
  const command = next[stage]
  return command === undefined
    ? done
    : `${done}\n  Next: ${paint('bold', `${command} ${words({ app, test: testId })}`)}`
}

export function weightsScreen({ changed, branches }: Weighted): string {
  const done = `${paint('green', '✓')} ${titleOf(changed)}   ${inStage(changed.stage)}   version ${changed.version}`
  return [done, ...branchLines(branches)].join('\n')
}

/** Every change of a test, the oldest first. */
export function historyScreen(told: History): string {
  const ofRollout = rolloutWords(told.history)
  const changes = told.history.map((change, i) => {
    const before = told.history.slice(0, i).findLast((earlier) => earlier.definition)?.definition
    return { ...change, what: ofRollout.get(change) ?? whatChanged(change, before) }
  })
  return historyTable(titleOf(told), changes)
}

function whatChanged({ what, ship, definition }: History['history'][number], before?: Definition): string {
  if (what === 'start') return 'started'
  if (what === 'stop') return ship === undefined ? 'stopped' : `stopped; everybody gets ${ship}`
  if (what === 'archive') return 'put away'
  if (what === 'current') return 'made the app’s current test'
  return before ? `changed: ${differences(before, definition!)}` : `defined: ${weightsOf(definition!)}`
}

const weightsOf = ({ branches }: Definition) => branches.map(({ name, weight }) => `${name} ${weight}`).join(', ')

/** The fields that differ, and what the weights are now if they do. */
function differences(before: Definition, after: Definition): string {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Definition)[]
  const differ = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
  const said = differ.map((key) => (key === 'branches' ? weightsOf(after) : key))
  return said.length === 0 ? 'nothing' : said.join(', ')
}
