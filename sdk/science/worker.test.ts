import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { science } from './science.js'
import { laboratory, sleep } from './testkit/laboratory.js'
import type { WorkerOptions, worker } from './worker.js'

const folder = mkdtempSync(join(tmpdir(), 'assay-worker-'))
afterAll(() => rmSync(folder, { recursive: true }))
const write = (name: string, code: string) => {
  writeFileSync(join(folder, name), code)
  return pathToFileURL(join(folder, name))
}

/** Threads load JavaScript, so the modules are built first. */
let built: { worker: typeof worker }
beforeAll(async () => {
  const entryPoints = ['worker.ts', 'thread.ts'].map((file) => fileURLToPath(new URL(file, import.meta.url)))
  await build({
    entryPoints,
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    outExtension: { '.js': '.js' },
  })
  const contents = "export * from './science.ts'; export * from './worker.ts'"
  const stdin = { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) }
  await build({ stdin, outfile: join(folder, 'all.js'), bundle: true, format: 'esm', platform: 'node' })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  built = await import(pathToFileURL(join(folder, 'worker.js')).href)
})

function laboratoryOf(module: URL, options: WorkerOptions = {}, timeout = 5000) {
  const when = built.worker(module, options)
  onTestFinished(when.close)
  return { when, ...laboratory<unknown>({ when, timeout }) }
}

describe('given a module of candidates, what comes of them', () => {
  const module = () =>
    write(
      'candidates.js',
      `class Gone extends Error {}
      export default {
        double: ({ n }) => ({ n: n * 2 }),
        later: async ({ n }) => { await new Promise((r) => setTimeout(r, 10)); return { n: n * 2 } },
        other: () => ({ n: 0 }),
        gone: () => { throw new Gone('no such thing') },
        hangs: () => new Promise(() => {}),
        stops: (_, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
        spins: () => { for (;;); },
        exits: () => process.exit(3),
        uncloneable: () => () => {},
      }`,
    )

  test('each is told from the others, and the app goes on all the while', async () => {
    const { when, reported, told, options } = laboratoryOf(module(), {}, 300)
    let beats = 0
    const beat = setInterval(() => beats++, 10)
    expect(await science('e', options, { use: () => ({ n: 4 }), input: { n: 2 } })).toEqual({ n: 4 })
    expect(reported).toEqual([])
    await when.idle()
    clearInterval(beat)
    expect(beats).toBeGreaterThan(20)
    const found = reported.slice(1).map(({ branch, props }) => [branch, [props.matched, props.outcome, props.error]])
    expect(Object.fromEntries(found)).toEqual({
      double: [true, 'ok', undefined],
      later: [true, 'ok', undefined],
      other: [false, 'ok', undefined],
      gone: [false, 'error', 'Gone'],
      hangs: [false, 'timeout', 'TimeoutError'],
      stops: [false, 'timeout', 'TimeoutError'],
      spins: [false, 'timeout', 'TimeoutError'],
      exits: [false, 'error', 'Error'],
      uncloneable: [false, 'error', 'DataCloneError'],
    })
    expect(told).toEqual([])
  })

  test('an error of the same class and message matches', async () => {
    const { when, reported, options } = laboratoryOf(
      write('gone.js', `export default { fast() { throw new RangeError('a') } }`),
    )
    const use = () => {
      throw new RangeError('a')
    }
    await expect(science('e', options, { use, input: 0 })).rejects.toThrow('a')
    await when.idle()
    expect(reported[1]!.props).toMatchObject({ matched: true, outcome: 'error' })
  })
})

test('a thread is used again, and several work side by side', async () => {
  const module = write(
    'where.js',
    `import { threadId } from 'node:worker_threads'
    export default { where: async () => { await new Promise((r) => setTimeout(r, 50)); return threadId } }`,
  )
  for (const threads of [1, 2]) {
    const where = new Set()
    const { when, options } = laboratoryOf(module, { threads })
    const experiment = science('e', { ...options, afterRun: ({ candidates }) => where.add(candidates[0]!.value) })
    for (let i = 0; i < 4; i++) await experiment({ use: () => 0, input: 0 })
    await when.idle()
    expect(where.size).toBe(threads)
  }
})

test.each<[string, () => URL, unknown, RegExp]>([
  ['a module that is not there', () => new URL('file:///nowhere.js'), 0, /^worker: .*nowhere/],
  ['a module that throws', () => write('throws.js', 'throw Error("not today")'), 0, /^worker: not today/],
  ['a module without candidates', () => write('empty.js', 'export const a = 1'), 0, /^worker: .*undefined or null/],
  [
    'an input that cannot be copied',
    () => write('one.js', 'export default { fast: () => 1 }'),
    () => {},
    /^worker: .*could not be cloned/s,
  ],
])('%s: the run is skipped and told, the caller answered', async (_, module, input, problem) => {
  let skips = 0
  const { when, reported, told, options } = laboratoryOf(module())
  expect(await science('e', { ...options, onSkip: () => skips++ }, { use: () => 1, input })).toBe(1)
  await when.idle()
  expect([skips, reported, told]).toEqual([1, [], [expect.stringMatching(problem)]])
})

test('a thread that dies between two runs is replaced', async () => {
  const module = write(
    'dies.js',
    `export default { fast: () => { setTimeout(() => { throw Error('later') }, 5); return 1 } }`,
  )
  const { when, reported, options } = laboratoryOf(module)
  for (let i = 0; i < 2; i++) {
    await science('e', options, { use: () => 1, input: 0 })
    await when.idle()
    await sleep(50)
  }
  expect(reported.map(({ props }) => props.outcome)).toEqual(['ok', 'ok', 'ok', 'ok'])
})

test('runs beyond those that may wait are skipped', async () => {
  let skips = 0
  const module = write('slow.js', `export default { fast: () => new Promise((r) => setTimeout(r, 50)) }`)
  const { when, reported, options } = laboratoryOf(module, { threads: 1, waiting: 1 })
  const experiment = science('e', { ...options, onSkip: () => skips++ })
  await Promise.all([1, 2, 3, 4].map(() => experiment({ use: () => undefined, input: 0 })))
  await when.idle()
  expect([skips, reported.length]).toEqual([2, 4])
})

test('candidates get the input as it was when the control answered', async () => {
  const { when, reported, options } = laboratoryOf(
    write('count.js', 'export default { fast: ({ items }) => items.length }'),
  )
  const input = { items: [1, 2] }
  expect(await science('e', options, { use: () => 2, input })).toBe(2)
  input.items.push(3)
  await when.idle()
  expect(reported[1]!.props).toMatchObject({ matched: true })
})

test('a candidate that takes too much memory ends its thread, and the next run gets another', async () => {
  const module = write(
    'grows.js',
    `export default { fast: (grow) => { const all = []; while (grow) all.push(Array(1e5).fill(all.length)); return 1 } }`,
  )
  const { when, reported, told, options } = laboratoryOf(module, { heapMb: 32 }, 60_000)
  for (const input of [true, false]) {
    expect(await science('e', options, { use: () => 1, input })).toBe(1)
    await when.idle()
  }
  expect(reported.filter(({ branch }) => branch === 'fast').map(({ props }) => [props.matched, props.outcome])).toEqual(
    [
      [false, 'error'],
      [true, 'ok'],
    ],
  )
  expect(told).toEqual([])
})

test.each([
  ['takes a while', '() => new Promise((r) => setTimeout(r, 200, 1))', 'ok'],
  ['never settles', '() => new Promise(() => {})', 'timeout'],
])('a process ends by itself once no candidate runs: one that %s', async (_, candidate, outcome) => {
  write('candidate.js', `export default { fast: ${candidate} }`)
  const main = write(
    'main.js',
    `import { later, science, worker } from './all.js'
    const afterRun = ({ candidates }) => console.log(candidates[0].outcome)
    const given = { use: () => 1, input: 0, timeout: 500, afterRun }
    await science('e', { when: later() }, { ...given, try: { fast: ${candidate} } })
    await science('e', { when: worker(new URL('./candidate.js', import.meta.url)) }, given)`,
  )
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(main)], { timeout: 30_000 })
  expect(stdout).toBe(`${outcome}\n${outcome}\n`)
})
