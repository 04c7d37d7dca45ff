import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const KB = 1024

/** Bytes of what the package publishes, as an app ships it: bundled and minified by esbuild, compressed by brotli. */
async function shipped(names: string, from = '@assay/sdk'): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names} } from '${from}'`, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  return brotliCompressSync(outputFiles[0]!.contents).length
}

const parts: [title: string, names: string, limit: number, from?: string][] = [
  ['assign alone', 'assign', 0.7],
  ['assign and track with delivery: `createBareClient`', 'createBareClient', 2.5],
  ['`createClient`: and cookie, consent, definitions that are fetched, gzip', 'createClient', 5.6],
  ['and targeting: `matches`', 'createClient, matches', 6.1],
  [
    'and what outlives pages, and is told at once: `offline`, `remember`, `serverSent`',
    'createClient, matches, offline, remember, serverSent',
    7.6,
  ],
  ['apart from it, the query client: `createQueryClient`', 'createQueryClient', 1.5, '@assay/sdk/query'],
]

describe('what an app ships', () => {
  const table = readFileSync(new URL('../../sdk/README.md', import.meta.url), 'utf8')

  test.each(parts)('%s', async (title, names, limit, from) => {
    const size = (await shipped(names, from)) / KB
    expect(table).toContain(`| ${title} | ${size.toFixed(2)} |`)
    expect(size).toBeLessThanOrEqual(limit)
  })

  test('is what it imports and nothing else', async () => {
    const [alone, bare, whole] = await Promise.all(
      ['assign', 'createBareClient', 'createClient'].map((names) => shipped(names)),
    )
    expect(alone!).toBeLessThan(bare! / 3)
    expect(bare!).toBeLessThan(whole! * 0.75)
  })
})
