import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile } from 'esbuild'

const root = fileURLToPath(import.meta.url.replace(/\/infra\/.*$/, '/'))
const folder = join(root, 'cli/dist')
const CHUNKS = 'chunks'

/**
 * What a bundle cannot hold: native engines, a page that reads its files from beside its code, and what fastify loads
 * only for routes without a compiler, of which there are none.
 */
const external = [
  'chdb',
  'lmdb',
  '@fastify/swagger-ui',
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
]

/**
 * Puts the command and all it imports into few files, in place of `cli/dist/main.js`: a start that finds and reads eight
 * hundred takes twice the time. What is imported when it is needed stays in files of its own.
 */
export const bundleCommand = (): Promise<void> => bundleInto(folder)

/** The same into any folder, with modules that run before it: for tests of a command that is not quite this one. */
export async function bundleInto(folder: string, before: string[] = []): Promise<void> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['cli/main.ts'],
    inject: before,
    outdir: folder,
    chunkNames: `${CHUNKS}/[name]-[hash]`,
    conditions: ['assay-source'],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external,
    // As long as it is written: stacks are to be read.
    legalComments: 'none',
    // CommonJS among it requires what comes with Node.
    banner: { js: "import{createRequire as __requireOf}from'node:module';const require=__requireOf(import.meta.url);" },
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  for (const { path, contents } of outputFiles) write(path, contents)
  write(join(folder, 'LICENSES.txt'), Buffer.from(licences(metafile)))
  const current = new Set(outputFiles.map(({ path }) => path))
  const chunks = readdirSync(join(folder, CHUNKS)).map((name) => join(folder, CHUNKS, name))
  for (const path of chunks) if (!current.has(path)) rmSync(path)
}

/** Only what is other than before: somebody may run what is there. */
function write(path: string, contents: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents)
}

/** Each licence of what is in the bundle, under the names and versions of the packages that have it. */
function licences({ inputs }: Metafile): string {
  const packages = new Set(
    Object.keys(inputs).flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []),
  )
  const holders = new Map<string, Set<string>>()
  for (const path of [...packages].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'))
    const file = readdirSync(join(root, path)).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file === undefined ? `License: ${license}` : readFileSync(join(root, path, file), 'utf8').trim()
    holders.set(text, (holders.get(text) ?? new Set()).add(`${name} ${version}`))
  }
  return [...holders].map(([text, names]) => `${[...names].join(', ')}\n\n${text}\n`).join(`\n${'-'.repeat(80)}\n\n`)
}
