import { writeFile } from 'node:fs/promises'
import { CommandError, exit } from '../failure.js'

/** Of a name in a file's name, which file systems end at 255. */
const BYTES = 100

/** `<app>-<test>.html`: letters, digits, dots, `_` and `-` as they are, a `_` for the rest, cut where it is long. */
export function fileName(app: string, test: string): string {
  return `${plain(app)}-${plain(test)}.html`
}

function plain(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, '_').replace(/^[.-]+/, '_')
  // Whole characters alone.
  const { read } = new TextEncoder().encodeInto(safe, new Uint8Array(BYTES))
  return safe.slice(0, read)
}

/** @throws CommandError where there is such a file and it may not be replaced, and where none can be written */
export async function writeNew(file: string, text: string, force: boolean): Promise<void> {
  try {
    await writeFile(file, text, { flag: force ? 'w' : 'wx' })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST')
      throw new CommandError(
        `Expected a new file; ${file} is there already.`,
        'Replace it with --force, or name another with --out.',
      )
    throw new CommandError(`Expected to write ${file}; ${message}.`, 'Name another file with --out.', exit.failed)
  }
}
