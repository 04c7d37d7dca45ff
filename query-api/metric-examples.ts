/** Metrics as they may be sent, one of each kind: the API page shows them, and its test sends them. */
export const metricExamples = {
  conversion: {
    summary: 'Share of users who bought within a week',
    value: { kind: 'conversion', event: 'purchase', window: { to: 7 }, minEffect: 0.02, why: 'as agreed' },
  },
  retention: {
    summary: 'Share of users who came back on the seventh day',
    value: { kind: 'retention', window: { from: 7, to: 8 } },
  },
  count: {
    summary: 'Searches per user',
    value: { kind: 'count', event: 'search', window: { to: 14 }, cap: { value: 100 } },
  },
  sum: {
    summary: 'Revenue per user, in which the biggest spenders count for less',
    value: { kind: 'sum', event: 'purchase', window: { to: 14 }, cap: { percentile: 0.99 }, lookback: 28 },
  },
  mean: {
    summary: 'Mean order on phones',
    value: { kind: 'mean', event: 'purchase', filter: { device: 'phone' } },
  },
  ratio: {
    summary: 'Errors a page view, as a guardrail',
    value: {
      kind: 'ratio',
      numerator: { event: 'error' },
      denominator: { event: 'view' },
      direction: 'down',
      margin: 0.1,
    },
  },
  quantile: {
    summary: '95 of 100 page loads are as fast as this',
    value: { kind: 'quantile', event: 'load', quantile: 0.95, direction: 'down', margin: 0.05 },
  },
  funnel: {
    summary: 'Share of users who came from the product to the purchase within a day',
    value: {
      kind: 'funnel',
      steps: [{ event: 'view', filter: { page: 'product' } }, { event: 'add_to_cart' }, { event: 'purchase' }],
      window: { to: 1 },
    },
  },
}
