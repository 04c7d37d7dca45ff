import { nanoid } from 'nanoid'

/** An ordinary event as a client sends it. */
export function clientEvent(user: number) {
  const event = ['$exposure', 'view', 'purchase'][user % 3]!
  const tests = { checkout: user % 2 ? 'master' : 'one-page' }
  return {
    id: nanoid(),
    app: 'shop',
    user: `user-${user}`,
    event,
    value: 1 + (user % 50),
    time: Date.now(),
    tests,
    props: { page: '/checkout' },
  }
}
