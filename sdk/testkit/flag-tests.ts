export const even = [
  { name: 'master', weight: 1 },
  { name: 'one-page', weight: 1 },
]
/** For everybody. */
export const checkout = { branches: even, version: 2 }
/** For those with a plan. */
export const forPro = { branches: even, targeting: { plan: 'pro' } }
