import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { placed } from './example.js'
import { type Program, startProgram } from './program.js'
import { Rush, Shopper, type Visit, visitAll } from './shoppers.js'
import { tellStory } from './story.js'
import { type Gate, openWorld, room, type World, weightSaid } from './world.js'

function startHaproxy(world: World, files: string[]) {
  const folder = room(world, 'haproxy')
  const file = placed(
    folder,
    files.map((name) => `haproxy/${name}`),
    world.places,
  )
  return startProgram('/usr/sbin/haproxy', ['-db', '-f', file], { cwd: folder, port: Number(world.places.web) })
}

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

describe('Lua', () =>
  tellStory({
    world: () => world,
    start: (world) => startHaproxy(world, ['lua.cfg', 'assay.lua']),
    cookieOf: (i) => `assay=1.shopper-${i}`,
  }))

describe('agents', () => {
  let gate: Gate
  let proxy: Program
  let users: Shopper[]
  let rush: Rush
  const shopper = () => new Shopper(`http://127.0.0.1:${world.places.web}/`)
  const shoppers = (count: number) => Array.from({ length: count }, shopper)
  const canaries = (visits: readonly Visit[]) => visits.filter(({ app }) => app === 'canary').length
  /** Waits until so many of 100 who come for the first time get the canary, give or take one for those between. */
  const settles = (count: number) =>
    expect
      .poll(async () => Math.abs(canaries(await visitAll(shoppers(100))) - count), { timeout: 10_000 })
      .toBeLessThanOrEqual(count % 100 === 0 ? 0 : 1)
  /** Waits until nobody gets the canary, whoever was sent there before. */
  const ends = async () => {
    await expect.poll(async () => canaries(await visitAll(users)), { timeout: 10_000 }).toBe(0)
    await settles(0)
  }
  beforeAll(async () => {
    gate = await world.startGate()
    proxy = await startHaproxy(world, ['agent.cfg'])
    users = shoppers(200)
  })
  afterAll(async () => {
    await rush?.stop()
    await proxy?.kill()
    await gate?.kill()
  })

  test('new users are split by the weights as they change, and stay where they went', async () => {
    await world.grow(20)
    await settles(20)
    rush = new Rush(shoppers(50))
    const first = await visitAll(users)
    expect(canaries(first)).toBeGreaterThan(30)
    expect(canaries(first)).toBeLessThan(50)
    await world.grow(50)
    await settles(50)
    const again = new Map((await visitAll(users)).map(({ shopper, app }) => [shopper, app]))
    expect(first.filter(({ shopper, app }) => again.get(shopper) !== app)).toEqual([])
  })

  test('a canary that is taken back loses also those who were sent there', async () => {
    await world.grow(0)
    await ends()
    await world.grow(50)
    await settles(50)
    users = shoppers(200)
    expect(canaries(await visitAll(users))).toBeGreaterThan(80)
  })

  test('without a gate everybody has the control', async () => {
    await gate.hold()
    await ends()
    gate.goOn()
    await settles(50)
    users = shoppers(200)
    expect(canaries(await visitAll(users))).toBeGreaterThan(80)
    await gate.kill()
    await ends()
  })

  test('even if the canary had everybody', async () => {
    gate = await world.startGate()
    await world.grow(100)
    await settles(100)
    users = shoppers(50)
    await visitAll(users)
    await gate.kill()
    await ends()
  })

  test('without a server everybody has the control', async () => {
    gate = await world.startGate()
    await settles(100)
    await world.endServer()
    await ends()
    expect(await weightSaid(world.places.agent)).toBe('0%\n')
  })

  test('and nobody saw an error in all this', async () => {
    const visits = await rush.stop()
    expect(canaries(visits)).toBeGreaterThan(0)
    expect(visits.filter(({ status }) => status !== 200)).toEqual([])
  })
})
