import { readFileSync } from 'node:fs'
import { usualControl } from '@assay/core/definition/control'
import { InvalidArgumentError } from 'commander'
import { CommandError, exit } from './failure.js'

/** Names with commas between them. */
export function names(text: string): string[] {
  const all = text.split(',').map((name) => name.trim())
  if (all.includes('') || new Set(all).size < all.length)
    throw new InvalidArgumentError('expected names with commas between them, each once.')
  return all
}

export function weights(text: string): number[] {
  return text.split(',').map((weight) => numberOf(weight, 'expected weights such as 9,1.'))
}

/** One more of `BRANCH=WEIGHT`. */
export function weighted(text: string, before: ReadonlyMap<string, number> = new Map()): Map<string, number> {
  const expected = 'expected BRANCH=WEIGHT, as master=80, of each branch once.'
  const [, name, weight] = /^(.+)=([^=]+)$/.exec(text) ?? []
  if (name === undefined || before.has(name)) throw new InvalidArgumentError(expected)
  return new Map(before).set(name, numberOf(weight!, expected))
}

export function share(text: string): number {
  const expected = 'expected a share of users from 0 to 1.'
  const value = numberOf(text, expected)
  if (value > 1) throw new InvalidArgumentError(expected)
  return value
}

const kinds = ['conversion', 'count', 'sum', 'mean'] as const

/** A metric of one event, or the name of one of the app's. */
type Metric = string | { name: string; kind: (typeof kinds)[number]; event: string }

const METRIC = new RegExp(`^(.+?):(${kinds.join('|')}):(.+)$`)

/** One more metric; names and events may hold colons themselves. */
export function metric(text: string, before: readonly Metric[] = []): Metric[] {
  if (!text.includes(':') && text !== '') return [...before, text]
  const [, name, kind, event] = METRIC.exec(text) ?? []
  if (name === undefined)
    throw new InvalidArgumentError(
      `expected NAME:KIND:EVENT of kind ${kinds.join(', ')}, as buyers:conversion:purchase, or the name of a metric.`,
    )
  return [...before, { name, kind: kind as (typeof kinds)[number], event: event! }]
}

/** A number of 0 or more in plain digits. */
export function numberOf(text: string, expected: string): number {
  if (!/^\d+(\.\d+)?$/.test(text.trim())) throw new InvalidArgumentError(expected)
  return Number(text)
}

export interface DefinitionOptions {
  file?: string
  branches?: string[]
  weights?: number[]
  control?: string
  coverage?: number
  hypothesis?: string
  owner?: string
  metric?: Metric[]
}

/** A definition for the server to judge: that of the file, in which options win. @throws CommandError */
export function definitionOf(options: DefinitionOptions): object {
  const { file, branches, weights, control, metric, coverage, hypothesis, owner } = options
  if (branches === undefined && file === undefined) throw misused('Expected --branches or --file; neither came.')
  if (weights !== undefined && weights.length !== branches?.length)
    throw misused(
      `Expected a weight for each of --branches, which are ${branches?.length ?? 0}; ${weights.length} came.`,
    )
  const chosen = branches && {
    branches: branches.map((name, i) => ({ name, weight: weights?.[i] ?? 1 })),
    control: usualControl(branches),
  }
  const own = { control, metrics: metric, coverage, hypothesis, owner }
  const said = Object.entries(own).filter(([, value]) => value !== undefined)
  return { metrics: [], ...(file !== undefined && readDefinition(file)), ...chosen, ...Object.fromEntries(said) }
}

/** @throws CommandError for anything but an object of JSON */
export function readDefinition(file: string): object {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed
    throw new Error('it holds another value')
  } catch (error) {
    throw misused(`Expected ${file} to hold a definition, a JSON object; ${(error as Error).message}.`)
  }
}

export const misused = (message: string) => new CommandError(message, 'See --help.', exit.usage)
