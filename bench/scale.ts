import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Population } from './generated-log.js'
import type { Point } from './scale-child.js'

/** `npm run scale [-- --events N] [--only ROWS]`: how the cost of an event grows with what docs/scale.md names. */
const { values } = parseArgs({
  options: { events: { type: 'string', default: '10000000' }, only: { type: 'string', default: '' } },
})
const usual: Population = { events: 3_000_000, users: 300_000, tests: 10, each: 1, partitions: 1 }

const rows: [string, Partial<Population>][] = [
  ...[10_000, 100_000, 1_000_000, 3_000_000].map((users) => row('users', { users })),
  ...[0, 1, 4, 16].map((each) => row('tests an event', { each, tests: 100 }, each)),
  ...[1, 10, 100, 1000].map((tests) => row('tests', { tests })),
  ...[1, 6, 24].map((partitions) => row('partitions', { partitions })),
]
const total = Number(values.events)
const points = [1, 3, 10, 30, 100].map((n) => n * 1_000_000).filter((n) => n <= total)

console.log(line(['what', 'events', 'events/s', 'µs CPU', 'B on disk', 'MB memory', 's to moments']))
for (const [what, changed] of rows) await run(what, { ...usual, ...changed }, [usual.events])
await run('events', { ...usual, events: total, users: Math.max(usual.users, total / 10) }, points)

function row(what: string, changed: Partial<Population>, value = Object.values(changed)[0]!): [string, typeof changed] {
  return [`${value.toLocaleString('en-US')} ${what}`, changed]
}

async function run(what: string, population: Population, points: number[]): Promise<void> {
  if (!what.includes(values.only)) return
  const reached = points.map((n) => Math.floor(n / population.partitions) * population.partitions)
  const child = fork(fileURLToPath(new URL('./scale-child.js', import.meta.url)), [
    JSON.stringify(population),
    JSON.stringify(reached),
  ])
  child.on('message', ({ events, rate, cpu, disk, memory, moments }: Point) => {
    const whole = [events, rate, memory].map((n) => Math.round(n).toLocaleString('en-US'))
    const [count, speed, megabytes] = whole as [string, string, string]
    console.log(line([what, count, speed, cpu.toFixed(2), disk.toFixed(0), megabytes, moments?.toFixed(2) ?? '']))
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`The run of ${what} ended with ${code}.`)
}

function line(cells: string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(22) : cell.padStart(13))).join('')
}
