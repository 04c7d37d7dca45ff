import { definedName, rolloutActions } from '@assay/core/control/record'
import { metricDefinition, unknownKind } from '@assay/core/definition/metric'
import { branchName, prose, testDefinition } from '@assay/core/definition/test'
import { name as eventName, limits } from '@assay/core/event'
import { z } from 'zod'
import { bucketNames } from './buckets.js'
import { formatParameter } from './export/format.js'
import { INSTANT_FORMS, parseInstant } from './instant.js'
import { metricExamples } from './metric-examples.js'
import { isTimeZone, TimeZone } from './time-zone.js'

/** What requests may ask. The messages say what is expected; `validate.ts` adds the parameter's name and what came. */

const UTC = new TimeZone('UTC')

const NAME = 'expected a name of 1 to 128 characters without control characters'
const name = z.string(NAME).regex(/^\P{Cc}{1,128}$/u, NAME)

const when = z.string(`expected ${INSTANT_FORMS}`).refine((text) => parseInstant(text, UTC) !== null, {
  error: `expected ${INSTANT_FORMS}, from 1970 to 2105`,
})

const FLAG = 'expected true or false'
const flag = z
  .enum(['true', 'false'], FLAG)
  .default('false')
  .transform((text) => text === 'true')

const BUCKET = `expected one of ${bucketNames.join(', ')}`
const ZONE = 'expected an IANA time zone such as Europe/Berlin'
const DIGEST = 'expected 1 to 128 letters, digits, - or _'

export const appParams = z.strictObject({ app: name })
export const testParams = z.strictObject({ app: name, testId: name })
export const importParams = z.strictObject({
  app: name,
  digest: z.string(DIGEST).regex(/^[\w-]{1,128}$/, DIGEST),
})

/** Of what may not be there yet, and shall be named by events. */
export const definedParams = z.strictObject({ app: definedName, testId: definedName })

const why = prose.optional().describe('Why, for the history.')
export const defineBody = testDefinition.safeExtend({ why })
/** All others stay as they came. */
export const matchHeaders = z.looseObject({
  'if-match': z.string().optional().describe('The ETag of the version that shall change. What is new has none.'),
})

export const metricParams = z.strictObject({ app: name, name })
/** Of a metric that may not be there yet. */
export const definedMetricParams = z.strictObject({ app: definedName, name: eventName })

const named = { name: eventName.optional().describe('As in the address, if it is there at all.'), why }
const [conversion, retention, count, sum, mean, ratio, quantile, funnel] = metricDefinition.options
export const metricBody = z
  .discriminatedUnion(
    'kind',
    [
      conversion.extend(named),
      retention.extend(named),
      count.extend(named),
      sum.extend(named),
      mean.extend(named),
      ratio.extend(named),
      quantile.extend(named),
      funnel.extend(named),
    ],
    { error: unknownKind },
  )
  .meta({ 'x-examples': metricExamples })

export const changeBody = z.strictObject({ why })
export const rolloutBody = z
  .strictObject({
    action: z.enum(rolloutActions),
    release: eventName.optional().describe('Of `begin`: attempts at the same release share the chances of error.'),
    why,
  })
  .refine(({ action, release }) => release === undefined || action === 'begin', {
    path: ['release'],
    error: 'must be left out of all actions but begin',
  })
export const stopBody = z.strictObject({
  ship: z.string().optional().describe('The branch that all users get from now on; without it the test just ends.'),
  why,
})

const BRANCHES = 'expected names of branches with commas between them'
/** Of balancer's spelling of a new test. */
export const newTestQuery = z.strictObject({
  branches: z
    .string(BRANCHES)
    .transform((text) => text.split(',').map((branch) => branch.trim()))
    .pipe(
      z
        .array(branchName)
        .max(limits.branches)
        .refine((names) => new Set(names).size === names.length, 'must have names of their own'),
    )
    .describe('The branches, as `master,test`: `master`, else the first, is the control.'),
})

export const noQuery = z.strictObject({})

const WAIT = 'expected whole seconds from 0 to 60'
const SEEN = 'expected the mark of an answer'
const test = name
  .optional()
  .describe('The test; else the app’s current one if it has a rollout, else the running one whose rollout moved last.')
export const oneCanaryQuery = z.strictObject({ test })
export const canaryQuery = z.strictObject({
  test,
  wait: z.coerce
    .number(WAIT)
    .int(WAIT)
    .min(0, WAIT)
    .max(60, WAIT)
    .default(0)
    .describe('Seconds to wait at most until there is a verdict, or the rollout has moved or is over.'),
  seen: z
    .string(SEEN)
    .max(64, SEEN)
    .optional()
    .describe('The `mark` of an answer: it is waited until there is another one, and for nothing else.'),
})

const control = name
  .optional()
  .describe('The branch the others are compared with; else `master`, else `control`, else the first in order.')

const CROSSOVER = 'expected include or exclude'

export const resultsQuery = z
  .strictObject({
    control,
    bayes: flag.describe('Whether to add what a Bayesian would believe.'),
    asOf: when.optional().describe(`The results as they stood at that time: ${INSTANT_FORMS}.`),
    fresh: flag.describe(
      'Whether to work them out now, of all that is stored, which takes as long as it takes; `Accept: text/event-stream` tells how far it is.',
    ),
    crossover: z
      .enum(['include', 'exclude'], CROSSOVER)
      .default('include')
      .describe(
        'Whether users who were seen in several branches count, in the first; without them results are worked out now.',
      ),
    format: formatParameter,
  })
  .refine(({ fresh, crossover, asOf }) => asOf === undefined || (!fresh && crossover === 'include'), {
    path: ['asOf'],
    error: 'expected none with fresh or without crossover, which are worked out now',
  })

/** Over time, in buckets. */
const range = {
  bucket: z.enum(bucketNames, BUCKET).default('day').describe('Weeks start on Monday.'),
  tz: z.string(ZONE).max(64, ZONE).refine(isTimeZone, ZONE).default('UTC').describe('An IANA time zone.'),
  from: when
    .optional()
    .describe(
      `${INSTANT_FORMS}; a date starts in tz. The whole bucket it falls into is included. Else 7 days, 90 days, 2 or 10 years back.`,
    ),
  to: when.optional().describe('Likewise, excluded unless inside a bucket, which is then included whole. Else now.'),
}
export type Range = z.output<z.ZodObject<typeof range>>

export const seriesQuery = z.strictObject({
  event: name.describe('The name of the event.'),
  ...range,
  cumulative: flag.describe(
    'Whether a point is of all from the first bucket on up to its end, not of its bucket alone.',
  ),
  format: formatParameter,
})

export const usersQuery = z.strictObject({ format: formatParameter })

const QUERY = 'expected SQL of 1 to 65,536 characters'
const PARAMETER = 'expected a text of at most 65,536 characters, a number, true or false'
const parameter = z.union([z.string().max(65_536), z.number(), z.boolean()], PARAMETER)

export const sqlBody = z.strictObject({
  query: z.string(QUERY).min(1, QUERY).max(65_536, QUERY).describe('One SELECT of ClickHouse’s SQL.'),
  params: z
    .record(z.string().regex(/^[A-Za-z_]\w{0,63}$/), parameter)
    .refine((params) => Object.keys(params).length <= 100, 'expected at most 100 parameters')
    .optional()
    .describe('Values of {name:Type} in it.'),
  format: formatParameter,
})

export type SeriesQuery = z.output<typeof seriesQuery>

/** Automatic metrics are named after their events, and are a little longer. */
const METRIC = 'expected the name of a metric, 1 to 150 characters without control characters'

const metric = z
  .string(METRIC)
  .regex(/^\P{Cc}{1,150}$/u, METRIC)
  .optional()

const ONE = 'The name of a metric of the test, as results have it; else the first.'
export const effectsQuery = z.strictObject({ metric: metric.describe(ONE), ...range, control })
export const studyQuery = z.strictObject({ metric: metric.describe(ONE), control })

const VALUES = 'expected a whole number from 1 to 20'
export const breakdownQuery = z.strictObject({
  prop: name.describe('The name of a prop of events.'),
  metric: metric.describe(
    'The name of a metric of the test, as results have it; else all, of a test that is not defined twenty.',
  ),
  values: z.coerce
    .number(VALUES)
    .int(VALUES)
    .min(1, VALUES)
    .max(20, VALUES)
    .default(10)
    .describe('Values at the most.'),
  control,
})

export type EffectsQuery = z.output<typeof effectsQuery>
