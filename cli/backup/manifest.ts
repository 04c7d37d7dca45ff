import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AssayError } from '@assay/core/errors'
import { topics } from '@assay/core/log/log'
import { z } from 'zod'
import { type Part, parts } from './origin.js'

/** The newest form of backup this version knows. */
export const FORMAT = 1

export const MANIFEST = 'manifest.json'
export const KEYS = 'keys.json'
export const fileOf = (part: Part) => `${part}.gz` as const

const files = [KEYS, ...parts.map(fileOf)] as const
const file = z.strictObject({ bytes: z.int().min(0), sha256: z.hex().length(64) })
const manifest = z.strictObject({
  format: z.literal(FORMAT),
  /** The version that wrote it. */
  assay: z.string(),
  time: z.iso.datetime(),
  idWindow: z.int().min(1),
  /** Which offsets each topic has. */
  log: z.record(z.enum(topics), z.strictObject({ start: z.literal(0), end: z.int().min(0) })),
  files: z.record(z.enum(files), file),
})

export type Manifest = z.infer<typeof manifest>
export type FileName = (typeof files)[number]
export type FileDigest = z.infer<typeof file>

export function recordsIn({ log }: Pick<Manifest, 'log'>): number {
  return Object.values(log).reduce((sum, { end }) => sum + end, 0)
}

/** The manifest's text, with a hash of the rest at its end. */
export function sealed(body: Manifest): string {
  return `${JSON.stringify({ ...body, sha256: hashOf(body) }, null, 2)}\n`
}

const hashOf = (body: object) => createHash('sha256').update(JSON.stringify(body)).digest('hex')

/** The manifest in a folder. @throws AssayError `backup-damaged`, `backup-newer` */
export function readManifest(folder: string): Manifest {
  const { sha256, ...body } = parse(join(folder, MANIFEST))
  if (typeof body.format === 'number' && body.format > FORMAT) {
    const found = `the backup has format ${body.format} and is of Assay ${String(body.assay).slice(0, 20)}`
    throw new AssayError('backup-newer', `Expected format ${FORMAT}; ${found}.`)
  }
  const read = sha256 === hashOf(body) ? manifest.safeParse(body) : null
  if (read?.success) return read.data
  throw new AssayError('backup-damaged', `Expected an intact ${MANIFEST} in ${folder}; it was changed.`)
}

function parse(path: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(readFileSync(path, 'utf8')) }
  } catch (cause) {
    throw new AssayError('backup-damaged', `Expected a backup's manifest: ${(cause as Error).message}`, { cause })
  }
}
