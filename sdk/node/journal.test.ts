import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { seeded } from '../testkit/random.js'
import { Journal } from './journal.js'

function tempFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-journal-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'events.ndjson')
}
const line = (id: string, padding = 0) => ({ id, json: JSON.stringify({ id, padding: 'x'.repeat(padding) }) })
const ids = (path: string) => [...new Journal(path, 1e6).live.keys()]

test('a file comes to what was added and is not gone', () => {
  const path = tempFile()
  const journal = new Journal(path, 1e6)
  for (const id of ['a', 'b', 'c', 'd']) journal.add(line(id))
  journal.remove([line('b'), line('never added')])
  journal.remove([line('d')])
  expect(ids(path)).toEqual(['a', 'c'])
})

test('once everything is gone the file is empty, and it goes on', () => {
  const path = tempFile()
  const journal = new Journal(path, 1e6)
  journal.add(line('a'))
  journal.remove([line('a')])
  expect(statSync(path).size).toBe(0)
  journal.add(line('b'))
  expect(ids(path)).toEqual(['b'])
})

test.each([
  ['a line that its process died over', '\n{"id":"c","pad', ['a', 'b', 'later'], 1],
  ['a list of the gone that was cut off', '\n["a","b', ['a', 'b', 'later'], 1],
  ['what is no event', '\n7\n{"id":7}\nnull', ['a', 'b', 'later'], 3],
  ['a disk that lost its power', `\n${'\0'.repeat(500)}`, ['a', 'b', 'later'], 1],
  ['a name that objects have already', '\n{"id":"__proto__"}', ['a', 'b', '__proto__', 'later'], 0],
])('%s: the other lines are read, before it and after', (_, end, expected, torn) => {
  const path = tempFile()
  const journal = new Journal(path, 1e6)
  journal.add(line('a'))
  journal.add(line('b'))
  appendFileSync(path, end)
  journal.add(line('later'))
  expect(ids(path)).toEqual(expected)
  expect(new Journal(path, 1e6).torn).toBe(torn)
})

test('of a file that is damaged anywhere each line is read that the damage did not touch', () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`damage: SEED=${seed}`)
  const random = seeded(seed)
  for (let trial = 0; trial < 200; trial++) {
    const path = tempFile()
    const lines = Array.from({ length: 20 }, (_, i) => line(`${i}`, random() * 100))
    const journal = new Journal(path, 1e6)
    for (const one of lines) journal.add(one)
    const bytes = readFileSync(path)
    const from = Math.floor(random() * bytes.length)
    const to = Math.min(bytes.length, from + Math.ceil(random() * 300))
    for (let i = from; i < to; i++) bytes[i] = random() * 256
    writeFileSync(path, bytes)
    // The end of the line before leads a line.
    const untouched = lines.filter(({ json }) => {
      const at = bytes.indexOf(`\n${json}`)
      return at >= 0 && (at + json.length + 1 === bytes.length || bytes[at + json.length + 1] === 10)
    })
    const read = new Journal(path, 1e6).live
    for (const { id, json } of untouched) expect(read.get(id)?.json).toBe(json)
    expect(untouched.length).toBeGreaterThan(0)
  }
})

test('a file never exceeds its bytes: those that are gone go first, then the oldest, and that is told', () => {
  const path = tempFile()
  const journal = new Journal(path, 10_000)
  const told: string[] = []
  for (let i = 0; i < 500; i++) {
    try {
      journal.add(line(`gone ${i}`, 100))
      journal.remove([line(`gone ${i - 1}`)])
    } catch (error) {
      told.push(`${error}`)
    }
    expect(statSync(path).size).toBeLessThanOrEqual(10_000)
  }
  expect(told).toEqual([])
  for (let i = 0; i < 500; i++) {
    try {
      journal.add(line(`kept ${i}`, 100))
    } catch (error) {
      told.push(`${error}`)
    }
    expect(statSync(path).size).toBeLessThanOrEqual(10_000)
  }
  const left = ids(path)
  expect(told[0]).toMatch(/is full; its \d+ oldest events wait in memory alone/)
  expect(left.at(-1)).toBe('kept 499')
  expect(left).toEqual(Array.from({ length: left.length }, (_, i) => `kept ${500 - left.length + i}`))
  expect(left.length).toBeGreaterThan(5000 / 150)
  expect(readdirSync(join(path, '..'))).toEqual(['events.ndjson'])
  expect(() => journal.add(line('giant', 20_000))).toThrow('expected an event of at most 5000 bytes')
  expect(readFileSync(path, 'utf8')).not.toContain('giant')
})

test('keeping an event costs less than 0.1 ms', () => {
  const journal = new Journal(tempFile(), 16 * 1024 * 1024)
  const lines = Array.from({ length: 20_000 }, (_, i) => line(`event-${i}`, 250))
  const start = performance.now()
  for (const one of lines) journal.add(one)
  const each = ((performance.now() - start) / lines.length) * 1000
  console.log(`spool: ${each.toFixed(1)} µs an event of 300 bytes`)
  expect(each).toBeLessThan(100)
})
