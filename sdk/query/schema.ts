// Made of the OpenAPI document by `npm run generate:client`.

export type Condition = {
  $and?: Condition[]
  $or?: Condition[]
  $nor?: Condition[]
  [name: string]: string | number | boolean | Array<string | number | boolean> | {
    $eq?: string | number | boolean
    $ne?: string | number | boolean
    $in?: Array<string | number | boolean>
    $nin?: Array<string | number | boolean>
    $gt?: number | string
    $gte?: number | string
    $lt?: number | string
    $lte?: number | string
    $startsWith?: string
    $endsWith?: string
    $contains?: string
    $exists?: boolean
    $versionGte?: string
    $versionLt?: string
  } | Condition[] | undefined
}

export type Filter = {
  $and?: Filter[]
  $or?: Filter[]
  $nor?: Filter[]
  [name: string]: string | number | boolean | Array<string | number | boolean> | {
    $eq?: string | number | boolean
    $ne?: string | number | boolean
    $in?: Array<string | number | boolean>
    $nin?: Array<string | number | boolean>
    $gt?: number | string
    $gte?: number | string
    $lt?: number | string
    $lte?: number | string
    $startsWith?: string
    $endsWith?: string
    $contains?: string
    $exists?: boolean
  } | Filter[] | undefined
}

export type Fixed = {
  /** Two-sided; 0 where it is below the least double, see lnP. */
  pValue: number | null
  /** ln of the p-value. */
  lnP: number | null
  /** Interval of the effect; covers 1 − alpha. */
  ci: [number, number] | null
  /** Interval of the relative effect: by the delta method, by Fieller’s where the control’s mean is within 10 standard errors of 0; null where that has no bounds. */
  relativeCi: [number, number] | null
  /** Why there is no answer. */
  reason?: 'insufficient' | 'no-variance' | 'zero-baseline' | 'out-of-range'
}

export type Anytime = {
  /** Two-sided; 0 where it is below the least double, see lnP. */
  pValue: number | null
  /** ln of the p-value. */
  lnP: number | null
  /** Interval of the effect; covers 1 − alpha. */
  ci: [number, number] | null
  /** Interval of the relative effect: by the delta method, by Fieller’s where the control’s mean is within 10 standard errors of 0; null where that has no bounds. */
  relativeCi: [number, number] | null
  /** Why there is no answer. */
  reason?: 'insufficient' | 'no-variance' | 'zero-baseline' | 'out-of-range'
}

export type Decision = {
  /** `any-time` may be looked at as often as one likes; `group-sequential` decides at `looks` planned looks; `single-look` at one, when the planned users are in. */
  method: 'any-time' | 'group-sequential' | 'single-look'
  /** Of group-sequential: how many, each after as many users more; 5 if not given. */
  looks?: number
  /** Of group-sequential: alpha is spent late, or alike at each look; `obrien-fleming` if not given. */
  spending?: 'obrien-fleming' | 'pocock'
  /** How often a branch that changes nothing may be called better or worse; intervals cover 1 − alpha. */
  alpha: number
  /** Users of the control and a branch together: at which the any-time interval is to be tightest, or all looks are done. */
  plannedUsers: number
}

export type Srm = {
  chiSquared: number
  /** By chi-square: right for a single look. */
  pValue: number
  /** By the sequential multinomial test: right at every look. */
  anytime: {
    pValue: number
    lnP: number
  }
  ok: boolean
  phases: Array<{
    phase: number
    pValue: number
  }>
}

export type ConversionMetric = {
  name: string
  /** Of metrics of one event. */
  event?: string
  kind: 'conversion' | 'retention' | 'count' | 'sum' | 'mean' | 'ratio' | 'quantile' | 'funnel'
  /** The first metric decides, of a test without metrics of its own all of them; guardrails must not get worse. */
  role: 'metric' | 'guardrail'
  direction: 'up' | 'down'
  /** Days after the exposure. */
  window?: {
    from: number
    to: number
  }
  branches: Branch[]
  comparisons: Comparison[]
}

export type Branch = {
  branch: string
  /** Whose window has closed, where there is one. */
  users: number
  /** The metric’s value: share or mean of users, ratio, quantile. Phases by their users. */
  mean: number | null
  /** Sample, of users; null for one user, and where the value is not a mean of users. */
  stddev: number | null
  sum: number
  cap?: number
  /** Users who came by each step of a funnel. */
  steps?: number[]
}

export type Comparison = {
  branch: string
  /** The branch’s value less the control’s. */
  effect: number | null
  /** The effect as a share of the control’s value. */
  relative: number | null
  /** Welch’s test: right if this is the only look, at a time settled beforehand. */
  fixed: Fixed
  /** A confidence sequence: right at every look, however many there are. Its p is that of this look. */
  anytime: Anytime
  /** Of group-sequential decisions: the repeated interval and p-value at a planned look. */
  sequential?: Sequential
  /** Which decides: `anytime` for any-time, `sequential` for group-sequential, `fixed` for single-look. Chosen before the start. */
  method: 'any-time' | 'group-sequential' | 'single-look'
  /** By that method alone, not adjusted for other metrics; of a single look only once the planned users are in. */
  verdict: 'better' | 'worse' | 'inconclusive'
  /** The metric has no window: what users do later still counts, so a look takes some users’ totals unfinished, and with very many looks errors pass alpha (10 % where 5 % was asked, looking each minute for 90 days). Not of imports, which are finished. */
  provisional: boolean
  /** The p-value of that method for all metrics and branches at once (Holm). Not of guardrails. */
  adjusted?: {
    pValue: number
    lnP: number
  }
  /** Whether answers are adjusted by what users did before their exposure. */
  cuped: {
    /** Share of the variance that is gone by it. */
    saved: number
  } | null
  /** On request; decides nothing. */
  bayes?: Bayes | null
  /** Days until it is likely (80 %) decided, for the least effect that matters or else the present one, at the present traffic. */
  days: number | null
  /** Of metrics with a margin. */
  guard?: Guard
}

export type Sequential = {
  /** Two-sided; 0 where it is below the least double, see lnP. */
  pValue: number | null
  /** ln of the p-value. */
  lnP: number | null
  /** Interval of the effect; covers 1 − alpha. */
  ci: [number, number] | null
  /** Interval of the relative effect: by the delta method, by Fieller’s where the control’s mean is within 10 standard errors of 0; null where that has no bounds. */
  relativeCi: [number, number] | null
  /** Why there is no answer. */
  reason?: 'insufficient' | 'no-variance' | 'zero-baseline' | 'out-of-range'
  /** At that look. */
  effect: number | null
  /** Which of the planned looks this is: the first that decides, or the last one taken. */
  look: number
  /** Share of the planned users that was in. */
  information: number
}

export type Bayes = {
  /** Probability that the branch is better than the control, with a flat prior. */
  chanceToWin: number
  /** By choosing the branch, in the effect’s unit. */
  expectedLoss: number
  ci: [number, number]
}

export type Guard = {
  margin: number
  /** `safe`: the whole interval is within the margin. */
  state: 'safe' | 'harmed' | 'unclear'
}

export type Fixed2 = {
  critical: number | null
  /** Two-sided; 0 where it is below the least double, see lnP. */
  pValue: number | null
  /** ln of the p-value. */
  lnP: number | null
  /** Interval of the effect; covers 1 − alpha. */
  ci: [number, number] | null
  /** Interval of the relative effect: by the delta method, by Fieller’s where the control’s mean is within 10 standard errors of 0; null where that has no bounds. */
  relativeCi: [number, number] | null
  /** Why there is no answer. */
  reason?: 'insufficient' | 'no-variance' | 'zero-baseline' | 'out-of-range'
}

export type Last = {
  action: 'begin' | 'promote' | 'suspend' | 'resume' | 'pause' | 'rollback'
  /** ISO 8601, UTC */
  at: string
  /** The kind of the key, or the controller. */
  by: string
  why?: string
  /** It was only told. */
  dry?: true
  reasons: Reason[]
}

export type Reason = {
  reason: string
  guardrail?: string
  /** ln of the e-value; */
  lnE?: number
  /** of which so much was needed. */
  needed?: number
  /** Requests of the phase, */
  canary?: {
    total: number
    bad: number
  }
  /** of both branches. */
  control?: {
    total: number
    bad: number
  }
}

export type Definition = {
  branches: Branch2[]
  /** The branch the others are compared with. */
  control: string
  /** What decides, and what is to be seen; with none, two of each event. */
  metrics: Array<string | Metric>
  /** What must not get worse. */
  guardrails: Array<string | Metric>
  decision: Decision2
  /** Share of users who are in the test at all; the others have the control. */
  coverage?: number
  /** A part of a namespace: tests whose parts do not overlap share no user. */
  namespace?: Namespace
  /** This share of users is held out, of every test that names the same holdout. */
  holdout?: Holdout
  targeting?: Condition
  /** Whether users keep the first branch, whatever the weights become. */
  sticky?: boolean
  /** What is expected, and why. */
  hypothesis?: string
  /** Who answers for the test. */
  owner?: string
  /** How the branch that is not the control grows, and what stops it. */
  rollout?: Rollout
}

export type Branch2 = {
  name: string
  /** Share of users, on any scale. */
  weight: number
}

export type Metric = ConversionMetric2 | RetentionMetric | CountMetric | SumMetric | MeanMetric | RatioMetric | QuantileMetric | FunnelMetric

export type ConversionMetric2 = {
  kind: 'conversion'
  /** The event it is made of. */
  event: string
  filter?: Filter
  name: string
  /** Which way is better. */
  direction: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback: number
  window?: Window
}

export type Window = {
  /** Days after the user’s exposure from which on events count. */
  from: number
  /** Days after the exposure at which they cease to. */
  to: number
}

export type RetentionMetric = {
  kind: 'retention'
  /** The event that says that a user is back; without one, any does. */
  event?: string
  filter?: Filter
  name: string
  /** Which way is better. */
  direction: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback: number
  window: Window
}

export type CountMetric = {
  kind: 'count'
  /** The event it is made of. */
  event: string
  filter?: Filter
  name: string
  /** Which way is better. */
  direction: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback: number
  window?: Window
  /** No user’s total counts for more than that. */
  cap?: {
    value: number
  } | {
    /** Of all users’ totals, all branches together. */
    percentile: number
  }
}

export type SumMetric = {
  kind: 'sum'
  /** The event it is made of. */
  event: string
  filter?: Filter
  name: string
  /** Which way is better. */
  direction: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback: number
  window?: Window
  /** No user’s total counts for more than that. */
  cap?: {
    value: number
  } | {
    /** Of all users’ totals, all branches together. */
    percentile: number
  }
}

export type MeanMetric = {
  kind: 'mean'
  /** The event it is made of. */
  event: string
  filter?: Filter
  name: string
  /** Which way is better. */
  direction: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback: number
  window?: Window
}

export type RatioMetric = {
  kind: 'ratio'
  numerator: Numerator
  denominator: Numerator
  name: string
  /** Which way is better. */
  direction: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback: number
  window?: Window
}

export type Numerator = {
  /** The event it is made of. */
  event: string
  filter?: Filter
  /** How many events, the sum of their values, or 1 for a user with any. */
  of: 'count' | 'sum' | 'users'
}

export type QuantileMetric = {
  kind: 'quantile'
  /** The event it is made of. */
  event: string
  filter?: Filter
  /** Which, of the values of events: 0.95, say. */
  quantile: number
  name: string
  /** Which way is better. */
  direction: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback: number
  window?: Window
}

export type FunnelMetric = {
  kind: 'funnel'
  /** Events that a user comes by in this order, each later than the one before. */
  steps: Array<{
    /** The event it is made of. */
    event: string
    filter?: Filter
  }>
  name: string
  /** Which way is better. */
  direction: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback: number
  window?: Window
}

export type Decision2 = {
  /** `any-time` may be looked at as often as one likes; `group-sequential` decides at `looks` planned looks; `single-look` at one, when the planned users are in. */
  method: 'any-time' | 'group-sequential' | 'single-look'
  /** Of group-sequential: how many, each after as many users more; 5 if not given. */
  looks?: number
  /** Of group-sequential: alpha is spent late, or alike at each look; `obrien-fleming` if not given. */
  spending?: 'obrien-fleming' | 'pocock'
  /** How often a branch that changes nothing may be called better or worse; intervals cover 1 − alpha. */
  alpha: number
  /** Users of the control and a branch together: at which the any-time interval is to be tightest, or all looks are done. */
  plannedUsers: number
}

export type Namespace = {
  name: string
  from: number
  to: number
}

export type Holdout = {
  name: string
  share: number
}

export type Rollout = {
  /** Weights of the canary, one after the other; behind the last one everybody has it. */
  steps: Step[]
  /** What must not get worse. */
  guardrails: Guardrail[]
  /** Users and requests that the canary must have had in a step before the next one. */
  minimum: Minimum
  /** How often a canary within every margin may be rolled back, over all of its attempts. */
  alpha: number
  /** How often such a one may be suspended, each time, if its requests fail independently. */
  suspendAlpha: number
  /** How often a canary beyond a margin may be sent to everybody. */
  beta: number
  /** Seconds after which a suspended canary is tried again. */
  resumeAfter: number
  /** After so many, a further one lasts until a person resumes it. */
  suspensions: number
  /** What becomes of a canary from which nothing is heard while the control has traffic. */
  missing: Missing
  /** Whether the controller only tells what it would do; what people do is done. */
  dryRun?: boolean
  /** Addresses that hear of each step, by signed webhooks. */
  notify: string[]
}

export type Step = {
  /** Share of users who have the canary. */
  weight: number
  /** Seconds for which the step lasts at least. */
  bake: number
  /** Whether a person has to send it on. */
  manual?: boolean
  /** How much worse than the control, as a share, the canary must be shown not to be before the next step. */
  margin?: number
}

export type Guardrail = ErrorsGuardrail | LatencyGuardrail | HungGuardrail | MetricGuardrail

export type ErrorsGuardrail = {
  kind: 'errors'
  /** What harm does: `critical` suspends and rolls back, `warning` pauses. */
  severity: 'critical' | 'warning'
  /** Its say beside the others of its severity. */
  weight: number
  /** How much worse than the control, as a share, is still well. */
  margin: number
  /** A share of bad requests below which no canary is at fault. */
  floor: number
}

export type LatencyGuardrail = {
  kind: 'latency'
  /** Requests above this one of the control are slow. */
  quantile: number
  /** What harm does: `critical` suspends and rolls back, `warning` pauses. */
  severity: 'critical' | 'warning'
  /** Its say beside the others of its severity. */
  weight: number
  /** How much worse than the control, as a share, is still well. */
  margin: number
  /** Milliseconds below which nothing is slow. */
  floor: number
}

export type HungGuardrail = {
  kind: 'hung'
  /** What harm does: `critical` suspends and rolls back, `warning` pauses. */
  severity: 'critical' | 'warning'
  /** Its say beside the others of its severity. */
  weight: number
  /** How much worse than the control, as a share, is still well. */
  margin: number
  /** A share of bad requests below which no canary is at fault. */
  floor: number
}

export type MetricGuardrail = {
  kind: 'metric'
  /** One of the test’s metrics or guardrails, with the margin of its own. */
  metric: string
  /** What harm does: `critical` suspends and rolls back, `warning` pauses. */
  severity: 'critical' | 'warning'
  /** Its say beside the others of its severity. */
  weight: number
}

export type Minimum = {
  users: number
  requests: number
}

export type Missing = {
  /** Seconds. */
  after: number
  act: 'hold' | 'pause' | 'suspend' | 'rollback'
}

export type Reply = {
  app: string
  testId: string
  /** Raised by every change; the ETag is this number in quotes. */
  version: number
  stage: 'draft' | 'running' | 'stopped' | 'archived'
}

export type Metric2 = ConversionMetric3 | RetentionMetric2 | CountMetric2 | SumMetric2 | MeanMetric2 | RatioMetric2 | QuantileMetric2 | FunnelMetric2

export type ConversionMetric3 = {
  kind: 'conversion'
  /** The event it is made of. */
  event: string
  filter?: Filter
  name: string
  /** Which way is better. */
  direction?: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback?: number
  window?: Window2
}

export type Window2 = {
  /** Days after the user’s exposure from which on events count. */
  from?: number
  /** Days after the exposure at which they cease to. */
  to: number
}

export type RetentionMetric2 = {
  kind: 'retention'
  /** The event that says that a user is back; without one, any does. */
  event?: string
  filter?: Filter
  name: string
  /** Which way is better. */
  direction?: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback?: number
  window: Window2
}

export type CountMetric2 = {
  kind: 'count'
  /** The event it is made of. */
  event: string
  filter?: Filter
  name: string
  /** Which way is better. */
  direction?: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback?: number
  window?: Window2
  /** No user’s total counts for more than that. */
  cap?: {
    value: number
  } | {
    /** Of all users’ totals, all branches together. */
    percentile: number
  }
}

export type SumMetric2 = {
  kind: 'sum'
  /** The event it is made of. */
  event: string
  filter?: Filter
  name: string
  /** Which way is better. */
  direction?: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback?: number
  window?: Window2
  /** No user’s total counts for more than that. */
  cap?: {
    value: number
  } | {
    /** Of all users’ totals, all branches together. */
    percentile: number
  }
}

export type MeanMetric2 = {
  kind: 'mean'
  /** The event it is made of. */
  event: string
  filter?: Filter
  name: string
  /** Which way is better. */
  direction?: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback?: number
  window?: Window2
}

export type RatioMetric2 = {
  kind: 'ratio'
  numerator: Numerator2
  denominator: Numerator2
  name: string
  /** Which way is better. */
  direction?: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback?: number
  window?: Window2
}

export type Numerator2 = {
  /** The event it is made of. */
  event: string
  filter?: Filter
  /** How many events, the sum of their values, or 1 for a user with any. */
  of?: 'count' | 'sum' | 'users'
}

export type QuantileMetric2 = {
  kind: 'quantile'
  /** The event it is made of. */
  event: string
  filter?: Filter
  /** Which, of the values of events: 0.95, say. */
  quantile: number
  name: string
  /** Which way is better. */
  direction?: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback?: number
  window?: Window2
}

export type FunnelMetric2 = {
  kind: 'funnel'
  /** Events that a user comes by in this order, each later than the one before. */
  steps: Array<{
    /** The event it is made of. */
    event: string
    filter?: Filter
  }>
  name: string
  /** Which way is better. */
  direction?: 'up' | 'down'
  /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
  minEffect?: number
  /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
  margin?: number
  /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
  lookback?: number
  window?: Window2
}

/** By method and path. */
export interface Operations {
  /** The apps that have sent events. */
  'GET /v1/apps': {
    params: Record<string, never>
    query: Record<string, never>
    body: undefined
    reply: {
      apps: Array<{
        app: string
        /** Events stored. */
        events: number
        tests: number
        /** Start of the quarter hour, ISO 8601, UTC */
        firstSeen: string
        /** Start of the quarter hour, ISO 8601, UTC */
        lastSeen: string
      }>
    }
  }
  /** The tests of an app. */
  'GET /v1/apps/{app}/tests': {
    params: {
      app: string
    }
    query: Record<string, never>
    body: undefined
    reply: {
      app: string
      tests: Array<{
        testId: string
        /** As defined, and as events name them. */
        branches: string[]
        events: string[]
        /** As of the newest results. */
        users: number
        /** Missing where no event has come. */
        firstSeen?: string
        /** Start of the quarter hour, ISO 8601, UTC */
        lastSeen?: string
        /** Missing, as is the version, where the test is known from its events alone. */
        stage?: 'draft' | 'running' | 'stopped' | 'archived'
        /** Raised by every change; the ETag is this number in quotes. */
        version?: number
        /** It is the app’s current test. */
        current?: true
      }>
    }
  }
  /** How far an import is counted. */
  'GET /v1/apps/{app}/imports/{digest}': {
    params: {
      app: string
      digest: string
    }
    query: Record<string, never>
    body: undefined
    reply: {
      /** Distinct events of this import that are counted. */
      rows: number
      /** The least sequence number that is not. */
      next: number
    }
  }
  /** Any event over time. */
  'GET /v1/apps/{app}/tests/{testId}/series': {
    params: {
      app: string
      testId: string
    }
    query: {
      /** The name of the event. */
      event: string
      /** Weeks start on Monday. */
      bucket?: 'hour' | 'day' | 'week' | 'month' | undefined
      /** An IANA time zone. */
      tz?: string | undefined
      /** 2026-03-29T00:00:00Z (write the + of an offset as %2B), 2026-03-29, or Unix milliseconds; a date starts in tz. The whole bucket it falls into is included. Else 7 days, 90 days, 2 or 10 years back. */
      from?: string | undefined
      /** Likewise, excluded unless inside a bucket, which is then included whole. Else now. */
      to?: string | undefined
      /** Whether a point is of all from the first bucket on up to its end, not of its bucket alone. */
      cumulative?: boolean | undefined
      /** In which form; else the one that Accept likes best, else json. See docs/export.md. */
      format?: 'json' | 'csv' | 'ndjson' | 'parquet' | 'arrow' | undefined
    }
    body: undefined
    reply: {
      app: string
      testId: string
      event: string
      bucket: string
      tz: string
      /** A point is of all from the first bucket on up to the end of its own; else of its bucket alone. */
      cumulative?: true
      series: Array<{
        branch: string
        points: Array<{
          /** ISO 8601, UTC */
          start: string
          count: number
          mean: number
          /** Sample; null for one event. */
          stddev: number | null
          min: number
          max: number
          /** Approximate above a few thousand: about 0.5 % off. */
          users: number
          /** Quantiles are within 1 %. */
          p50: number
          p90: number
          p95: number
          p99: number
        }>
      }>
    }
  }
  /** A metric of each branch, and its effect, over time. */
  'GET /v1/apps/{app}/tests/{testId}/effects': {
    params: {
      app: string
      testId: string
    }
    query: {
      /** The name of a metric of the test, as results have it; else the first. */
      metric?: string | undefined
      /** Weeks start on Monday. */
      bucket?: 'hour' | 'day' | 'week' | 'month' | undefined
      /** An IANA time zone. */
      tz?: string | undefined
      /** 2026-03-29T00:00:00Z (write the + of an offset as %2B), 2026-03-29, or Unix milliseconds; a date starts in tz. The whole bucket it falls into is included. Else 7 days, 90 days, 2 or 10 years back. */
      from?: string | undefined
      /** Likewise, excluded unless inside a bucket, which is then included whole. Else now. */
      to?: string | undefined
      /** The branch the others are compared with; else `master`, else `control`, else the first in order. */
      control?: string | undefined
    }
    body: undefined
    reply: {
      app: string
      testId: string
      metric: string
      bucket: string
      tz: string
      /** A point is what results say as of the end of its bucket, of all users and events up to then. */
      series: Array<{
        branch: string
        points: Array<{
          /** Whose window has closed, where there is one. */
          users: number
          /** The metric’s value: share or mean of users, ratio, quantile. Phases by their users. */
          mean: number | null
          /** Sample, of users; null for one user, and where the value is not a mean of users. */
          stddev: number | null
          sum: number
          cap?: number
          /** Users who came by each step of a funnel. */
          steps?: number[]
          /** Start of the bucket, ISO 8601, UTC */
          start: string
          /** Time of the snapshot, the last at or before the bucket’s end, ISO 8601, UTC */
          asOf: string
          /** The control has none. */
          comparison?: {
            /** The branch’s value less the control’s. */
            effect: number | null
            /** The effect as a share of the control’s value. */
            relative: number | null
            /** Welch’s test: right if this is the only look, at a time settled beforehand. */
            fixed: Fixed
            /** A confidence sequence: right at every look, however many there are. Its p is that of this look. */
            anytime: Anytime
            /** Which decides: `anytime` for any-time, `sequential` for group-sequential, `fixed` for single-look. Chosen before the start. */
            method: 'any-time' | 'group-sequential' | 'single-look'
            /** By that method alone, not adjusted for other metrics; of a single look only once the planned users are in. */
            verdict: 'better' | 'worse' | 'inconclusive'
            /** The metric has no window: what users do later still counts, so a look takes some users’ totals unfinished, and with very many looks errors pass alpha (10 % where 5 % was asked, looking each minute for 90 days). Not of imports, which are finished. */
            provisional: boolean
            /** Whether answers are adjusted by what users did before their exposure. */
            cuped: {
              /** Share of the variance that is gone by it. */
              saved: number
            } | null
            /** The branch it is compared with, as it was then. */
            control: string
            /** Intervals cover 1 − alpha. */
            alpha: number
          }
        }>
      }>
    }
  }
  /** Is a branch better or worse. */
  'GET /v1/apps/{app}/tests/{testId}/results': {
    params: {
      app: string
      testId: string
    }
    query: {
      /** The branch the others are compared with; else `master`, else `control`, else the first in order. */
      control?: string | undefined
      /** Whether to add what a Bayesian would believe. */
      bayes?: boolean | undefined
      /** The results as they stood at that time: 2026-03-29T00:00:00Z (write the + of an offset as %2B), 2026-03-29, or Unix milliseconds. */
      asOf?: string | undefined
      /** Whether to work them out now, of all that is stored, which takes as long as it takes; `Accept: text/event-stream` tells how far it is. */
      fresh?: boolean | undefined
      /** Whether users who were seen in several branches count, in the first; without them results are worked out now. */
      crossover?: 'include' | 'exclude' | undefined
      /** In which form; else the one that Accept likes best, else json. See docs/export.md. */
      format?: 'json' | 'csv' | 'ndjson' | 'parquet' | 'arrow' | undefined
    }
    body: undefined
    reply: {
      app: string
      testId: string
      /** ISO 8601, UTC */
      asOf: string
      /** Of tests that are defined. */
      definition?: {
        version: number
        stage: 'draft' | 'running' | 'stopped' | 'archived'
        hypothesis?: string
        owner?: string
      }
      control: string
      /** How the test is decided: settled before its start. */
      decision: Decision
      branches: Array<{
        branch: string
        users: number
      }>
      /** Stretches in which weights did not change. Comparisons are made within each and put together. */
      phases: Array<{
        /** Version of the definition; 0 for users who were in no phase. */
        phase: number
        /** Null for phase 0. */
        from: string | null
        /** Null while it goes on. */
        to: string | null
        weights: {
          [name: string]: number
        }
        users: {
          [name: string]: number
        }
      }>
      /** Sample ratio: users per branch against the weights, equal ones where there is no definition. Ok unless p < 0.01, by the test that suits the method that decides. */
      srm: Srm
      crossover: {
        /** Users seen in more than one branch; each counts in the first. */
        users: number
        /** Of all users. */
        share: number | null
        /** Of the share, at any look. */
        ci: [number, number] | null
        /** That crossing does not depend on the branch, at any look. */
        pValue: number | null
      }
      /** Everything that is done under any of a user’s ids counts from the first exposure of all on. */
      identified: {
        /** Users known by several ids, which `$identify` linked; each counts once. */
        users: number
        /** Of them, those who saw different branches under their ids. */
        differing: number
        /** Of them, those with an id that was linked to somebody else later; it stays theirs. */
        shared: number
      }
      /** What users did before their exposure, branch against control, for all metrics at once (Holm). */
      imbalance: Array<{
        metric: string
        branch: string
        pValue: number
        ok: boolean
      }>
      metrics: ConversionMetric[]
      verdict: {
        outcome: 'better' | 'worse' | 'undecided' | 'invalid'
        /** The branch that is better. */
        branch: string | null
        reasons: string[]
      }
      warnings: Array<{
        code: string
        message: string
      }>
    }
  }
  /** Results of each value of a prop. */
  'GET /v1/apps/{app}/tests/{testId}/breakdown': {
    params: {
      app: string
      testId: string
    }
    query: {
      /** The name of a prop of events. */
      prop: string
      /** The name of a metric of the test, as results have it; else all, of a test that is not defined twenty. */
      metric?: string | undefined
      /** Values at the most. */
      values?: number | undefined
      /** The branch the others are compared with; else `master`, else `control`, else the first in order. */
      control?: string | undefined
    }
    body: undefined
    reply: {
      app: string
      testId: string
      /** ISO 8601, UTC */
      asOf: string
      control: string
      /** How the test is decided: settled before its start. */
      decision: Decision
      prop: string
      /** Those that most users have, each as if it were a test of its own. */
      values: Array<{
        value: string
        users: number
        /** Of them, those of whom it is known only from after their exposure. */
        late: number
        branches: Array<{
          branch: string
          users: number
        }>
        /** Sample ratio: users per branch against the weights, equal ones where there is no definition. Ok unless p < 0.01, by the test that suits the method that decides. */
        srm: Srm
        /** `adjusted` is for all values, metrics and branches at once (Holm). */
        metrics: ConversionMetric[]
        warnings: Array<{
          code: string
          message: string
        }>
      }>
      /** Values that are not listed. */
      others: {
        values: number
        users: number
      }
      /** Users of whom the prop is not known. */
      without: number
      warnings: Array<{
        code: string
        message: string
      }>
    }
  }
  /** A metric’s effect by days since the exposure. */
  'GET /v1/apps/{app}/tests/{testId}/novelty': {
    params: {
      app: string
      testId: string
    }
    query: {
      /** The name of a metric of the test, as results have it; else the first. */
      metric?: string | undefined
      /** The branch the others are compared with; else `master`, else `control`, else the first in order. */
      control?: string | undefined
    }
    body: undefined
    reply: {
      app: string
      testId: string
      /** ISO 8601, UTC */
      asOf: string
      control: string
      /** How the test is decided: settled before its start. */
      decision: Decision
      metric: string
      kind: 'conversion' | 'retention' | 'count' | 'sum' | 'mean' | 'ratio' | 'quantile' | 'funnel'
      direction: 'up' | 'down'
      /** What users did in each stretch of days after their exposure: of those who were exposed so long ago. `adjusted` is for all of these at once (Holm). */
      windows: Array<{
        from: number
        to: number
        branches: Branch[]
        comparisons: Comparison[]
      }>
      /** How the effect changes as users get used to it; null for metrics that are not sums, and before the second day. */
      change: {
        /** Days after the exposure: from the first, up to and without the second. */
        early: {
          from: number
          to: number
        }
        /** Days after the exposure: from the first, up to and without the second. */
        late: {
          from: number
          to: number
        }
        /** Each user’s late days less their early ones, against the control’s. */
        comparisons: Comparison[]
      } | null
      warnings: Array<{
        code: string
        message: string
      }>
    }
  }
  /** A metric’s result with the SQL and all numbers that it follows from. */
  'GET /v1/apps/{app}/tests/{testId}/explain': {
    params: {
      app: string
      testId: string
    }
    query: {
      /** The name of a metric of the test, as results have it; else the first. */
      metric?: string | undefined
      /** The branch the others are compared with; else `master`, else `control`, else the first in order. */
      control?: string | undefined
    }
    body: undefined
    reply: {
      app: string
      testId: string
      /** ISO 8601, UTC */
      asOf: string
      control: string
      /** How the test is decided: settled before its start. */
      decision: Decision
      /** Its definition. */
      metric: {
        [name: string]: unknown
      }
      /** What was asked of the tables, word by word, and what they answered. */
      statements: Array<{
        sql: string
        rows: Array<{
          [name: string]: unknown
        }>
      }>
      /** The answers put together. */
      moments: Array<{
        phase: number
        branch: string
        users: number
        converted: number
        sum: number
        /** Of users’ numbers, then of the same from before their exposure. */
        means: number[]
        /** Sums of products of deviations: the upper triangle, line by line. */
        comoments: number[]
        cap: number | null
      }>
      comparisons: Array<{
        branch: string
        phases: Array<{
          phase: number
          /** Of the users of both branches, which the phase counts for. */
          share: number
          control: {
            value: number | null
            variance: number | null
            n: number | null
          }
          treatment: {
            value: number | null
            variance: number | null
            n: number | null
          }
          /** What a unit of the users’ past moves the metric by; null where there is none. */
          theta: number | null
          /** Less what the past foretells. */
          adjusted: {
            control: {
              value: number | null
              variance: number | null
              n: number | null
            }
            treatment: {
              value: number | null
              variance: number | null
              n: number | null
            }
          }
        }>
        effect: number | null
        standardError: number | null
        /** Of Welch’s test; null where there is no end to them. */
        df: number | null
        fixed: Fixed2
        anytime: Fixed2
      }>
      /** How one follows from the other. */
      formulas: string[]
    }
  }
  /** Each user of a test, and what they did since. */
  'GET /v1/apps/{app}/tests/{testId}/users': {
    params: {
      app: string
      testId: string
    }
    query: {
      /** In which form; else the one that Accept likes best, else json. See docs/export.md. */
      format?: 'json' | 'csv' | 'ndjson' | 'parquet' | 'arrow' | undefined
    }
    body: undefined
    reply: {
      app: string
      testId: string
      /** One for each user and event. */
      users: Array<{
        /** The user: 64 bits, in decimal. */
        user_hash: string
        branch: string
        /** Version of the definition by which the user was assigned; 0 in no phase. */
        phase: number
        /** The first exposure, ISO 8601, UTC. */
        since: string
        /** The test has no exposures: since is the first event. */
        inferred: boolean
        /** Was seen in another branch, too. */
        crossed: boolean
        /** Is known by several ids, which count as one user. */
        identified: boolean
        /** Empty for a user without events. */
        event: string
        /** How often, since the exposure. */
        n: number
        /** Of its values. */
        sum: number
      }>
    }
  }
  /** Ask in SQL, where that is on. */
  'POST /v1/sql': {
    params: Record<string, never>
    query: Record<string, never>
    body: {
      /** One SELECT of ClickHouse’s SQL. */
      query: string
      /** Values of {name:Type} in it. */
      params?: {
        [name: string]: string | number | boolean
      }
      /** In which form; else the one that Accept likes best, else json. See docs/export.md. */
      format?: 'json' | 'csv' | 'ndjson' | 'parquet' | 'arrow'
    }
    reply: {
      /** The columns. */
      meta: Array<{
        name: string
        type: string
      }>
      /** The rows; whole numbers of 64 bits are text. */
      data: Array<unknown[]>
      rows: number
    }
  }
  /** How a canary is. */
  'GET /v1/apps/{app}/canary': {
    params: {
      app: string
    }
    query: {
      /** The test; else the app’s current one if it has a rollout, else the running one whose rollout moved last. */
      test?: string | undefined
      /** Seconds to wait at most until there is a verdict, or the rollout has moved or is over. */
      wait?: number | undefined
      /** The `mark` of an answer: it is waited until there is another one, and for nothing else. */
      seen?: string | undefined
    }
    body: undefined
    reply: {
      app: string
      /** Null where no test of the app has a rollout. */
      testId: string | null
      /** In one word, for who acts on words. */
      verdict: 'healthy' | 'unhealthy' | 'insufficient'
      /** What the evidence asks for now. */
      decision: 'promote' | 'hold' | 'suspend' | 'rollback'
      health: 'healthy' | 'degraded' | 'unknown'
      /** Null, as all of the rollout, where there is none. */
      stage: 'rolling' | 'suspended' | 'paused' | 'done' | 'rolled-back' | 'ended' | null
      /** Share of users who have the canary. */
      weight: number | null
      /** Of the policy’s, from 0. */
      step: number | null
      /** How many the policy has. */
      steps: number | null
      /** The version since which users are split like this. */
      phase: number | null
      /** From 1: how often this release has been tried. */
      attempt: number | null
      release: string | null
      /** Users of the canary in the phase, */
      users: number | null
      /** and their requests; null where that is not known. */
      requests: number | null
      /** Requests of the phase, and those that failed by the caller’s fault, which is held against nobody. */
      userErrors: {
        canary: {
          total: number | null
          bad: number | null
        }
        control: {
          total: number | null
          bad: number | null
        }
      } | null
      guardrails: Array<{
        name: string
        severity: 'critical' | 'warning'
        /** `safe`: shown to be within the margin; `open`: neither shown nor harmful. */
        state: 'safe' | 'open' | 'suspect' | 'harmful' | 'no-data'
        /** Requests of the phase, and those that were bad; null of a metric. */
        canary: {
          total: number | null
          bad: number | null
        } | null
        control: {
          total: number | null
          bad: number | null
        } | null
        /** What speaks for suspending, */
        suspicion: {
          /** ln of the e-value */
          lnE: number | null
          /** of which so much is needed. */
          needed: number | null
        } | null
        /** for rolling back, */
        harm: {
          /** ln of the e-value */
          lnE: number | null
          /** of which so much is needed. */
          needed: number | null
        }
        /** for the next step. */
        safety: {
          /** ln of the e-value */
          lnE: number | null
          /** of which so much is needed. */
          needed: number | null
        }
      }>
      reasons: Array<{
        reason: string
        guardrail?: string
        /** ln of the e-value; */
        lnE?: number | null
        /** of which so much was needed. */
        needed?: number | null
        /** Requests of the phase, */
        canary?: {
          total: number | null
          bad: number | null
        }
        /** of both branches. */
        control?: {
          total: number | null
          bad: number | null
        }
      }>
      /** The last step of the rollout. */
      last: {
        action: 'begin' | 'promote' | 'suspend' | 'resume' | 'pause' | 'rollback'
        /** ISO 8601, UTC */
        at: string
        /** The kind of the key, or the controller. */
        by: string
        why?: string
        /** It was only told. */
        dry?: true
      } | null
      /** When the controller told of the evidence. */
      asOf: string | null
      /** Milliseconds behind asOf after which nothing is known any more. */
      staleAfter: number
      /** Another one where verdict or definition are others: what `seen` takes. */
      mark: string
    }
  }
  /** The definition of a test. */
  'GET /v1/apps/{app}/tests/{testId}/definition': {
    params: {
      app: string
      testId: string
    }
    query: Record<string, never>
    body: undefined
    reply: {
      app: string
      testId: string
      /** Raised by every change; the ETag is this number in quotes. */
      version: number
      stage: 'draft' | 'running' | 'stopped' | 'archived'
      /** It is the app’s current test. */
      current?: true
      /** The version since which clients see the same; events name branches with it. */
      phase: number
      /** The branch that all users get. */
      ship?: string
      /** As its steps have made it. */
      rollout?: {
        stage: 'rolling' | 'suspended' | 'paused' | 'done' | 'rolled-back' | 'ended'
        /** Of the policy’s, from 0: the one it is at, or would go on at. */
        step: number
        /** Share of users who have the canary. */
        weight: number
        /** From 1: how often this release has been tried. */
        attempt: number
        release?: string
        /** ISO 8601, UTC */
        began: string
        /** Since when its weight is what it is. */
        since: string
        /** In this attempt. */
        suspensions: number
        last: Last
      }
      definition: Definition
    }
  }
  /** Who changed a test, when and why. */
  'GET /v1/apps/{app}/tests/{testId}/history': {
    params: {
      app: string
      testId: string
    }
    query: Record<string, never>
    body: undefined
    reply: {
      app: string
      testId: string
      history: Array<{
        /** Raised by every change; the ETag is this number in quotes. */
        version: number
        /** ISO 8601, UTC */
        at: string
        /** The kind of the key. */
        by: string
        why?: string
        what: 'define' | 'start' | 'stop' | 'archive' | 'current' | 'rollout'
        definition?: Definition
        /** The branch that all users get. */
        ship?: string
        /** Of a rollout; */
        action?: 'begin' | 'promote' | 'suspend' | 'resume' | 'pause' | 'rollback'
        release?: string
        /** only told, as the policy says; */
        dry?: true
        /** of the controller which took the step; */
        epoch?: number
        /** for these reasons. */
        reasons?: Reason[]
      }>
    }
  }
  /** Define a test, or change its definition. */
  'PUT /v1/apps/{app}/tests/{testId}': {
    params: {
      app: string
      testId: string
    }
    query: Record<string, never>
    body: {
      branches: Branch2[]
      /** The branch the others are compared with. */
      control: string
      /** What decides, and what is to be seen; with none, two of each event. */
      metrics: Array<string | Metric2>
      /** What must not get worse. */
      guardrails?: Array<string | Metric2>
      decision?: {
        /** `any-time` may be looked at as often as one likes; `group-sequential` decides at `looks` planned looks; `single-look` at one, when the planned users are in. */
        method?: 'any-time' | 'group-sequential' | 'single-look'
        /** Of group-sequential: how many, each after as many users more; 5 if not given. */
        looks?: number
        /** Of group-sequential: alpha is spent late, or alike at each look; `obrien-fleming` if not given. */
        spending?: 'obrien-fleming' | 'pocock'
        /** How often a branch that changes nothing may be called better or worse; intervals cover 1 − alpha. */
        alpha?: number
        /** Users of the control and a branch together: at which the any-time interval is to be tightest, or all looks are done. */
        plannedUsers?: number
      }
      /** Share of users who are in the test at all; the others have the control. */
      coverage?: number
      /** A part of a namespace: tests whose parts do not overlap share no user. */
      namespace?: Namespace
      /** This share of users is held out, of every test that names the same holdout. */
      holdout?: Holdout
      targeting?: Condition
      /** Whether users keep the first branch, whatever the weights become. */
      sticky?: boolean
      /** What is expected, and why. */
      hypothesis?: string
      /** Who answers for the test. */
      owner?: string
      /** How the branch that is not the control grows, and what stops it. */
      rollout?: {
        /** Weights of the canary, one after the other; behind the last one everybody has it. */
        steps?: Array<{
          /** Share of users who have the canary. */
          weight: number
          /** Seconds for which the step lasts at least. */
          bake?: number
          /** Whether a person has to send it on. */
          manual?: boolean
          /** How much worse than the control, as a share, the canary must be shown not to be before the next step. */
          margin?: number
        }>
        /** What must not get worse. */
        guardrails?: Array<{
          kind: 'errors'
          /** What harm does: `critical` suspends and rolls back, `warning` pauses. */
          severity?: 'critical' | 'warning'
          /** Its say beside the others of its severity. */
          weight?: number
          /** How much worse than the control, as a share, is still well. */
          margin?: number
          /** A share of bad requests below which no canary is at fault. */
          floor?: number
        } | {
          kind: 'latency'
          /** Requests above this one of the control are slow. */
          quantile?: number
          /** What harm does: `critical` suspends and rolls back, `warning` pauses. */
          severity?: 'critical' | 'warning'
          /** Its say beside the others of its severity. */
          weight?: number
          /** How much worse than the control, as a share, is still well. */
          margin?: number
          /** Milliseconds below which nothing is slow. */
          floor?: number
        } | {
          kind: 'hung'
          /** What harm does: `critical` suspends and rolls back, `warning` pauses. */
          severity?: 'critical' | 'warning'
          /** Its say beside the others of its severity. */
          weight?: number
          /** How much worse than the control, as a share, is still well. */
          margin?: number
          /** A share of bad requests below which no canary is at fault. */
          floor?: number
        } | {
          kind: 'metric'
          /** One of the test’s metrics or guardrails, with the margin of its own. */
          metric: string
          /** What harm does: `critical` suspends and rolls back, `warning` pauses. */
          severity?: 'critical' | 'warning'
          /** Its say beside the others of its severity. */
          weight?: number
        }>
        /** Users and requests that the canary must have had in a step before the next one. */
        minimum?: {
          users?: number
          requests?: number
        }
        /** How often a canary within every margin may be rolled back, over all of its attempts. */
        alpha?: number
        /** How often such a one may be suspended, each time, if its requests fail independently. */
        suspendAlpha?: number
        /** How often a canary beyond a margin may be sent to everybody. */
        beta?: number
        /** Seconds after which a suspended canary is tried again. */
        resumeAfter?: number
        /** After so many, a further one lasts until a person resumes it. */
        suspensions?: number
        /** What becomes of a canary from which nothing is heard while the control has traffic. */
        missing?: {
          /** Seconds. */
          after?: number
          act?: 'hold' | 'pause' | 'suspend' | 'rollback'
        }
        /** Whether the controller only tells what it would do; what people do is done. */
        dryRun?: boolean
        /** Addresses that hear of each step, by signed webhooks. */
        notify?: string[]
      }
      /** Why, for the history. */
      why?: string
    }
    reply: Reply
  }
  /** Start a test, or start it again. */
  'POST /v1/apps/{app}/tests/{testId}/start': {
    params: {
      app: string
      testId: string
    }
    query: Record<string, never>
    body: {
      /** Why, for the history. */
      why?: string
    }
    reply: Reply
  }
  /** Stop a test, and ship a branch of it. */
  'POST /v1/apps/{app}/tests/{testId}/stop': {
    params: {
      app: string
      testId: string
    }
    query: Record<string, never>
    body: {
      /** The branch that all users get from now on; without it the test just ends. */
      ship?: string
      /** Why, for the history. */
      why?: string
    }
    reply: Reply
  }
  /** Put a test away for good. */
  'POST /v1/apps/{app}/tests/{testId}/archive': {
    params: {
      app: string
      testId: string
    }
    query: Record<string, never>
    body: {
      /** Why, for the history. */
      why?: string
    }
    reply: Reply
  }
  /** Make a test the app’s current one. */
  'POST /v1/apps/{app}/tests/{testId}/current': {
    params: {
      app: string
      testId: string
    }
    query: Record<string, never>
    body: {
      /** Why, for the history. */
      why?: string
    }
    reply: {
      app: string
      testId: string
      /** Raised by every change; the ETag is this number in quotes. */
      version: number
      stage: 'draft' | 'running' | 'stopped' | 'archived'
      /** It is the app’s current test. */
      current: true
    }
  }
  /** Take a step of a rollout. */
  'POST /v1/apps/{app}/tests/{testId}/rollout': {
    params: {
      app: string
      testId: string
    }
    query: Record<string, never>
    body: {
      action: 'begin' | 'promote' | 'suspend' | 'resume' | 'pause' | 'rollback'
      /** Of `begin`: attempts at the same release share the chances of error. */
      release?: string
      /** Why, for the history. */
      why?: string
    }
    reply: {
      app: string
      testId: string
      /** Raised by every change; the ETag is this number in quotes. */
      version: number
      stage: 'draft' | 'running' | 'stopped' | 'archived'
      rollout: {
        stage: 'rolling' | 'suspended' | 'paused' | 'done' | 'rolled-back' | 'ended'
        /** Of the policy’s, from 0: the one it is at, or would go on at. */
        step: number
        /** Share of users who have the canary. */
        weight: number
        /** From 1: how often this release has been tried. */
        attempt: number
        release?: string
        /** ISO 8601, UTC */
        began: string
        /** Since when its weight is what it is. */
        since: string
        /** In this attempt. */
        suspensions: number
        last: Last
      }
    }
  }
  /** The metrics of an app, and the tests that name them. */
  'GET /v1/apps/{app}/metrics': {
    params: {
      app: string
    }
    query: Record<string, never>
    body: undefined
    reply: {
      app: string
      metrics: Array<{
        name: string
        /** Raised by every change; the ETag is this number in quotes. */
        version: number
        /** Tests that name it, as a metric or a guardrail: what it is now is what they show. */
        tests: Array<{
          testId: string
          stage: 'draft' | 'running' | 'stopped' | 'archived'
        }>
        definition: Metric
      }>
    }
  }
  /** A metric of an app. */
  'GET /v1/apps/{app}/metrics/{name}': {
    params: {
      app: string
      name: string
    }
    query: Record<string, never>
    body: undefined
    reply: {
      app: string
      name: string
      /** Raised by every change; the ETag is this number in quotes. */
      version: number
      /** Tests that name it, as a metric or a guardrail: what it is now is what they show. */
      tests: Array<{
        testId: string
        stage: 'draft' | 'running' | 'stopped' | 'archived'
      }>
      definition: Metric
    }
  }
  /** Define a metric of an app, or change it. */
  'PUT /v1/apps/{app}/metrics/{name}': {
    params: {
      app: string
      name: string
    }
    query: Record<string, never>
    body: {
      kind: 'conversion'
      /** The event it is made of. */
      event: string
      filter?: Filter
      /** As in the address, if it is there at all. */
      name?: string
      /** Which way is better. */
      direction?: 'up' | 'down'
      /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
      minEffect?: number
      /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
      margin?: number
      /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
      lookback?: number
      window?: Window2
      /** Why, for the history. */
      why?: string
    } | {
      kind: 'retention'
      /** The event that says that a user is back; without one, any does. */
      event?: string
      filter?: Filter
      /** As in the address, if it is there at all. */
      name?: string
      /** Which way is better. */
      direction?: 'up' | 'down'
      /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
      minEffect?: number
      /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
      margin?: number
      /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
      lookback?: number
      window: Window2
      /** Why, for the history. */
      why?: string
    } | {
      kind: 'count'
      /** The event it is made of. */
      event: string
      filter?: Filter
      /** As in the address, if it is there at all. */
      name?: string
      /** Which way is better. */
      direction?: 'up' | 'down'
      /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
      minEffect?: number
      /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
      margin?: number
      /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
      lookback?: number
      window?: Window2
      /** No user’s total counts for more than that. */
      cap?: {
        value: number
      } | {
        /** Of all users’ totals, all branches together. */
        percentile: number
      }
      /** Why, for the history. */
      why?: string
    } | {
      kind: 'sum'
      /** The event it is made of. */
      event: string
      filter?: Filter
      /** As in the address, if it is there at all. */
      name?: string
      /** Which way is better. */
      direction?: 'up' | 'down'
      /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
      minEffect?: number
      /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
      margin?: number
      /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
      lookback?: number
      window?: Window2
      /** No user’s total counts for more than that. */
      cap?: {
        value: number
      } | {
        /** Of all users’ totals, all branches together. */
        percentile: number
      }
      /** Why, for the history. */
      why?: string
    } | {
      kind: 'mean'
      /** The event it is made of. */
      event: string
      filter?: Filter
      /** As in the address, if it is there at all. */
      name?: string
      /** Which way is better. */
      direction?: 'up' | 'down'
      /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
      minEffect?: number
      /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
      margin?: number
      /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
      lookback?: number
      window?: Window2
      /** Why, for the history. */
      why?: string
    } | {
      kind: 'ratio'
      numerator: Numerator2
      denominator: Numerator2
      /** As in the address, if it is there at all. */
      name?: string
      /** Which way is better. */
      direction?: 'up' | 'down'
      /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
      minEffect?: number
      /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
      margin?: number
      /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
      lookback?: number
      window?: Window2
      /** Why, for the history. */
      why?: string
    } | {
      kind: 'quantile'
      /** The event it is made of. */
      event: string
      filter?: Filter
      /** Which, of the values of events: 0.95, say. */
      quantile: number
      /** As in the address, if it is there at all. */
      name?: string
      /** Which way is better. */
      direction?: 'up' | 'down'
      /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
      minEffect?: number
      /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
      margin?: number
      /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
      lookback?: number
      window?: Window2
      /** Why, for the history. */
      why?: string
    } | {
      kind: 'funnel'
      /** Events that a user comes by in this order, each later than the one before. */
      steps: Array<{
        /** The event it is made of. */
        event: string
        filter?: Filter
      }>
      /** As in the address, if it is there at all. */
      name?: string
      /** Which way is better. */
      direction?: 'up' | 'down'
      /** The least effect that matters, as a share of the control’s value: time to decision is told for it. */
      minEffect?: number
      /** As a guardrail: how much worse, as a share of the control’s value, is still well. */
      margin?: number
      /** Days before the exposure whose events foretell the user’s value (CUPED); 0 for none. */
      lookback?: number
      window?: Window2
      /** Why, for the history. */
      why?: string
    }
    reply: {
      app: string
      name: string
      /** Raised by every change; the ETag is this number in quotes. */
      version: number
    }
  }
  /** Who changed a metric, when and why. */
  'GET /v1/apps/{app}/metrics/{name}/history': {
    params: {
      app: string
      name: string
    }
    query: Record<string, never>
    body: undefined
    reply: {
      app: string
      name: string
      history: Array<{
        /** Raised by every change; the ETag is this number in quotes. */
        version: number
        /** ISO 8601, UTC */
        at: string
        /** The kind of the key. */
        by: string
        why?: string
        definition: Metric
      }>
    }
  }
}
