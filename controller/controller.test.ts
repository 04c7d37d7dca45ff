import { ControlFollower } from '@assay/core/control/follower'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Rig } from './testkit/rig.js'
import { defined, NOON } from './testkit/test.js'
import { second } from './testkit/traffic.js'

const until = (isSo: () => void) => vi.waitFor(isSo, { timeout: 10_000, interval: 20 })

async function open(rollout: object = {}): Promise<Rig> {
  const rig = await Rig.open({
    steps: [{ weight: 0.2, bake: 0 }, { weight: 0.5 }],
    minimum: { requests: 0 },
    ...rollout,
  })
  onTestFinished(() => rig.close())
  return rig
}

/** So many seconds of traffic, in which the canary fails as often as said. */
async function traffic(rig: Rig, seconds: number, errors: number): Promise<void> {
  for (let t = 0; t < seconds; t++) {
    await rig.send(second(rig.now, { canary: { requests: 20, errors }, control: { requests: 80, errors: 1 } }))
    rig.now += 1000
  }
  rig.now += 1000
}

test('a rollout that goes badly is suspended, with reasons and numbers', async () => {
  const rig = await open()
  await rig.start()
  await rig.act('begin')
  await traffic(rig, 5, 10)
  await until(() => expect(rig.steps).toEqual(['begin admin', 'suspend controller 1']))
  const { last } = rig.rollout!
  expect(last.reasons).toEqual([expect.objectContaining({ reason: 'suspect', guardrail: 'errors' })])
  const { canary, control } = last.reasons[0]!
  expect([canary!.bad / canary!.total, control!.bad / control!.total]).toEqual([0.5, 1 / 80])
  expect(last.reasons[0]!.lnE).toBeGreaterThan(last.reasons[0]!.needed!)
  expect(JSON.parse(rig.control.definitions.config('shop')).tests.t.branches).toEqual([
    { name: 'master', weight: 1 },
    { name: 'new', weight: 0 },
  ])
  await until(() =>
    expect(JSON.parse(rig.told.at(-1)!.health)).toMatchObject({ stage: 'suspended', health: 'degraded', weight: 0 }),
  )
})

test('a repeat of an event counts once', async () => {
  const rig = await open()
  await rig.act('begin')
  const [, failed] = [...second(rig.now, { canary: { requests: 1, errors: 1 } })]
  const { kind: _, ...rest } = failed!
  const value = JSON.stringify({ id: 'same', event: '$request', time: rig.now, props: { outcome: 'error' }, ...rest })
  for (let i = 0; i < 50; i++)
    await rig.log.append('assay.events', [{ app: 'shop', user: rest.user, id: 'same', received: rig.now, value }])
  rig.now += 5000
  await rig.start()
  await until(() => expect(JSON.parse(rig.told.at(-1)!.health)).toMatchObject({ requests: 1 }))
  expect(rig.steps).toEqual(['begin admin'])
})

describe('whoever leads', () => {
  test('takes the step that the one before decided on and did not write, once', async () => {
    const rig = await open()
    await rig.act('begin')
    await traffic(rig, 5, 10)
    let isDead = false
    const first = await ControlFollower.start(rig.log, () => {})
    onTestFinished(() => first.close())
    const write = first.write.bind(first)
    // It says that it leads, and is gone when it would say more.
    vi.spyOn(first, 'write').mockImplementation((record) => {
      if (record.what === 'lead') return write(record)
      isDead = true
      return new Promise((_, reject) => onTestFinished(() => reject(new Error('It was killed.'))))
    })
    await rig.start({ control: first })
    await until(() => expect(isDead).toBe(true))
    expect(rig.steps).toEqual(['begin admin'])
    await rig.start()
    await until(() => expect(rig.steps).toEqual(['begin admin', 'suspend controller 2']))
  })

  test('knows from the log what was seen before', async () => {
    const rig = await open({ suspendAlpha: 1e-300 })
    const first = await rig.start()
    await rig.act('begin')
    await traffic(rig, 30, 4)
    const seen = async () => {
      rig.told.length = 0
      rig.now += 2000
      await until(() => expect(rig.told.length).toBeGreaterThan(0))
      return JSON.parse(rig.told.at(-1)!.health)
    }
    await until(() => expect(JSON.parse(rig.told.at(-1)!.health)).toMatchObject({ requests: 600 }))
    const before = await seen()
    await first.close()
    await rig.start()
    const after = await seen()
    expect(after).toEqual(before)
    expect(after.guardrails[0].canary).toEqual({ total: 600, bad: 120 })
  })

  test('holds nothing against an attempt that was before it', async () => {
    const rig = await open({ suspendAlpha: 1e-300 })
    await rig.write({ what: 'define', definition: defined({}), testId: 'other', expects: 0 })
    await rig.write({ what: 'rollout', action: 'begin', testId: 'other', expects: 1 })
    await rig.act('begin')
    await traffic(rig, 30, 15)
    await rig.act('rollback')
    rig.now += 60_000
    await rig.act('begin')
    await traffic(rig, 5, 0)
    await rig.start()
    const own = () => rig.told.filter(({ test }) => test === 't').map(({ health }) => JSON.parse(health))
    await until(() => expect(own().at(-1)).toMatchObject({ attempt: 2, requests: 100 }))
    expect(own().at(-1).guardrails[0].canary).toEqual({ total: 100, bad: 0 })
  })

  test('two who both believe to lead take each step once', async () => {
    const rig = await open({ resumeAfter: 0, suspensions: 100, steps: [{ weight: 0.2, bake: 3600 }] })
    await Promise.all([rig.start(), rig.start()])
    await rig.act('begin')
    for (let round = 0; round < 3; round++) {
      await traffic(rig, 3, 15)
      await until(() => {
        rig.now += 500
        expect(rig.steps.filter((step) => step.startsWith('resume'))).toHaveLength(round + 1)
      })
      // Traffic goes on behind the step.
      rig.now += 2000
    }
    const taken = rig.steps.slice(1).map((step) => step.split(' ')[0])
    expect(taken).toEqual(taken.map((_, i) => (i % 2 === 0 ? 'suspend' : 'resume')))
  })
})

test('a store that is away keeps no step from being taken', async () => {
  const rig = await open()
  rig.storeIsAway = true
  await rig.start()
  await rig.act('begin')
  await traffic(rig, 5, 10)
  await until(() => expect(rig.steps).toEqual(['begin admin', 'suspend controller 1']))
  expect(rig.told).toEqual([])
  expect(rig.errors).toContainEqual(new Error('The store is away.'))
})

test('a policy that only tells moves nobody, and tells each step once', async () => {
  const rig = await open({ dryRun: true })
  await rig.start()
  await rig.act('begin')
  await traffic(rig, 5, 10)
  await until(() => expect(rig.rollout!.last).toMatchObject({ action: 'suspend', dry: true }))
  await traffic(rig, 5, 10)
  await until(() => expect(JSON.parse(rig.told.at(-1)!.health)).toMatchObject({ requests: 200, weight: 0.2 }))
  expect(rig.steps).toEqual(['begin admin', 'suspend controller 1'])
})

test('nobody is asked of tests without a rollout, and one that is over is let go', async () => {
  const rig = await open()
  await rig.start()
  await rig.act('begin')
  await rig.act('rollback')
  await traffic(rig, 5, 10)
  await until(() => expect(rig.rollout!.stage).toBe('rolled-back'))
  expect(rig.steps).toEqual(['begin admin', 'rollback admin'])
  expect(rig.now).toBeGreaterThan(NOON)
})

test('addresses of the policy hear of each step', async () => {
  const rig = await open({ notify: ['https://hooks.example/rollouts'] })
  const heard: string[] = []
  await rig.start({
    send: async (url, { body }) => {
      heard.push(`${url} ${JSON.parse(body).type}`)
      return { verdict: 'taken', why: '200' }
    },
  })
  await rig.act('begin')
  await traffic(rig, 5, 10)
  // Of what came before anybody told, nobody is told.
  await until(() => expect(heard.at(-1)).toBe('https://hooks.example/rollouts rollout.suspended'))
})
