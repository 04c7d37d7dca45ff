import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url))

/** A folder that is filled at the first call and stays. Two first calls at once do not disturb each other. */
export async function cached(name: string, fill: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = `${cache}/${name}`
  if (existsSync(folder)) return folder
  mkdirSync(dirname(folder), { recursive: true })
  const partial = mkdtempSync(`${folder}-`)
  try {
    await fill(partial)
    renameSync(partial, folder)
  } catch (error) {
    // Another process was faster, and its copy is as good.
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  return folder
}
