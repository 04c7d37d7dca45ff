import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { PATIENCE } from './example.js'
import type { Program } from './program.js'
import { Rush, Shopper, type Visit, visitAll } from './shoppers.js'
import type { Gate, World } from './world.js'

/** A proxy that sends each user to a branch. */
export interface Proxy {
  world: () => World
  start: (world: World) => Promise<Program>
  /** The cookie of the user of this number, as the gate would have set it. */
  cookieOf: (i: number) => string
}

const USERS = 2000
/** Those who come for the first time. */
const NEW = 200

/** What holds of every proxy that asks the gate for each request. */
export function tellStory({ world: opened, start, cookieOf }: Proxy): void {
  let world: World
  let gate: Gate
  let proxy: Program
  let shoppers: Shopper[]
  /** By user, the app of the first visit. */
  let first: Map<Shopper, string>
  const url = () => `http://127.0.0.1:${world.places.web}/cart?of=7`
  beforeAll(async () => {
    world = opened()
    gate = await world.startGate()
    proxy = await start(world)
    shoppers = Array.from({ length: USERS }, (_, i) => new Shopper(url(), i < NEW ? undefined : cookieOf(i)))
  })
  afterAll(async () => {
    await proxy?.kill()
    await gate?.kill()
  })

  test('users are split by the weights, and stay where they are when gate and proxy restart', async () => {
    await world.grow(20)
    first = appsOf(await visitByGate(shoppers))
    expectShare(first, shoppers.slice(NEW), 0.2)
    await gate.kill()
    await proxy.kill()
    gate = await world.startGate()
    proxy = await start(world)
    for (const [shopper, app] of appsOf(await visitByGate(shoppers.slice(0, 500)))) expect(app).toBe(first.get(shopper))
  })

  test('the canary grows by users of the control, and loses none of its own', async () => {
    const rush = new Rush(shoppers.slice(0, 400))
    onTestFinished(() => void rush.stop())
    await world.grow(50)
    await rush.stop()
    const grown = appsOf(await visitByGate(shoppers))
    expectShare(grown, shoppers.slice(NEW), 0.5)
    const left = shoppers.filter((shopper) => first.get(shopper) === 'canary' && grown.get(shopper) !== 'canary')
    expect(left).toEqual([])
    expect(rush.visits.filter(isError)).toEqual([])
    const returned = rush.visits.filter(
      (visit) => visit.app === 'control' && isByGate(visit) && first.get(visit.shopper) === 'canary',
    )
    expect(returned).toEqual([])
  })

  test('browsers keep one cookie for a year, and the app’s own', async () => {
    const cookies = await Promise.all(shoppers.slice(0, NEW).map(({ jar }) => jar.getCookies(url())))
    const [name] = cookieOf(0).split('=')
    for (const kept of cookies)
      expect(kept.map(({ key, path, maxAge, sameSite }) => ({ key, path, maxAge, sameSite }))).toEqual(
        expect.arrayContaining([
          { key: name, path: '/', maxAge: 31_536_000, sameSite: 'lax' },
          { key: 'basket', path: '/', maxAge: null, sameSite: undefined },
        ]),
      )
    expect(new Set(cookies.map((kept) => kept.length))).toEqual(new Set([2]))
  })

  test('a canary that is taken back loses everybody at once', async () => {
    await world.grow(0)
    expect(new Set(appsOf(await visitByGate(shoppers.slice(0, 200))).values())).toEqual(new Set(['control']))
    await world.grow(50)
  })

  test('a gate that hangs or dies costs its users the canary, and nothing else', async () => {
    const rush = new Rush(shoppers)
    onTestFinished(() => void rush.stop())
    const canaries = (from: number) => rush.between(from).filter(({ app }) => app === 'canary').length
    await expect.poll(() => canaries(0), { timeout: 10_000 }).toBeGreaterThan(5)
    await gate.hold()
    const held = await withoutGate(rush)
    gate.goOn()
    await expect.poll(() => canaries(held), { timeout: 10_000 }).toBeGreaterThan(5)
    await gate.kill()
    const dead = await withoutGate(rush)
    gate = await world.startGate()
    await expect.poll(() => canaries(dead), { timeout: 10_000 }).toBeGreaterThan(5)
    expect((await rush.stop()).filter(isError)).toEqual([])
  })

  test.each(['GET', 'POST'])('what a browser says of itself by %s changes nothing', async (method) => {
    const before = appsOf(await visitByGate(shoppers.slice(NEW, NEW + 20)))
    expect(new Set(before.values())).toEqual(new Set(['control', 'canary']))
    const forged = { 'X-Assay-Branch': 'canary', 'X-Assay-User': 'forged', 'X-Assay-Test': 'forged' }
    const visits = await visitByGate([...before.keys()], forged, method)
    expect(appsOf(visits)).toEqual(before)
    for (const { app, told } of visits) {
      expect(told['x-assay-branch']).toBe(app === 'canary' ? 'canary' : 'master')
      expect(Object.values(told)).not.toContain('forged')
    }
  })

  test('nor does it while the gate is away', async () => {
    await gate.kill()
    const visits = await Promise.all(
      shoppers.slice(NEW, NEW + 20).map((shopper) => shopper.visit({ 'X-Assay-Branch': 'canary' })),
    )
    expect(visits.filter(isError)).toEqual([])
    expect(new Set(visits.map(({ app }) => app))).toEqual(new Set(['control']))
    expect(visits.filter(({ told }) => told['x-assay-branch'] === 'canary')).toEqual([])
  })
}

/** Of the gate the app is told nothing while it is away, even if that is because this machine is busy. */
const isByGate = ({ told }: Visit) => told['x-assay-branch'] !== undefined

/** Each visits until the gate has said where to, some at a time. */
const visitByGate = (shoppers: readonly Shopper[], headers?: Record<string, string>, method?: string) =>
  visitAll(shoppers, async (shopper) => {
    for (;;) {
      const visit = await shopper.visit(headers, method)
      if (isError(visit) || isByGate(visit)) return visit
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  })

const isError = ({ status }: Visit) => status !== 200
const appsOf = (visits: readonly Visit[]) => new Map(visits.map(({ shopper, app }) => [shopper, app]))

/** By a binomial test at 99.9 %, its normal approximation. */
function expectShare(apps: Map<Shopper, string>, shoppers: readonly Shopper[], share: number): void {
  const canaries = shoppers.filter((shopper) => apps.get(shopper) === 'canary').length
  const { length: n } = shoppers
  expect(Math.abs(canaries - n * share)).toBeLessThan(3.29 * Math.sqrt(n * share * (1 - share)))
}

/** Waits for 150 visits; all have the control, and none waits for much longer than the proxy does. @returns when */
async function withoutGate(rush: Rush): Promise<number> {
  const from = performance.now()
  await expect.poll(() => rush.between(from).length, { timeout: 20_000 }).toBeGreaterThan(150)
  const to = performance.now()
  const visits = rush.between(from, to)
  expect(new Set(visits.map(({ app }) => app))).toEqual(new Set(['control']))
  expect(Math.max(...visits.map(({ began, ended }) => ended - began))).toBeLessThan(PATIENCE + 4000)
  return to
}
