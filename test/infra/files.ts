import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const text = (path: string) => readFileSync(join(root, path), 'utf8')

/** Whatever a YAML file may hold. */
// biome-ignore lint/suspicious/noExplicitAny: its shape is what the tests are about.
export type Tree = any

/** The documents of a YAML file, as Docker and Kubernetes read it. @throws for a mistake in the YAML itself */
export function documents(path: string): Tree[] {
  return [...parseAllDocuments(text(path), { merge: true })].map((document) => {
    if (document.errors.length > 0) throw document.errors[0]
    return document.toJS()
  })
}
