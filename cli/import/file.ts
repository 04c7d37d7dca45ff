import { createReadStream, rmSync } from 'node:fs'
import { type FileHandle, mkdtemp, open, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError, exit } from '../failure.js'

/** What is imported. It is read more than once, and opened once: its name may come to mean another file. */
export interface InputFile {
  name: string
  /** Bytes. */
  size: number
  /** How many of them the present reading has behind it. */
  at: number
  /** Every byte, from the first one each time. */
  chunks(): AsyncGenerator<Buffer>
  slice(start: number, end: number): Promise<ArrayBuffer>
  /** @throws CommandError if it was written to since it was opened */
  unchanged(): Promise<void>
  close(): Promise<void>
}

/** Opens a file; `-` and whatever else can be read only once is copied first. @throws CommandError */
export async function openFile(path: string): Promise<InputFile> {
  if (path === '-') return describe('stdin', await spool(process.stdin, 'stdin'))
  const kind = await stat(path).catch((error) => {
    throw unreadable(path, error)
  })
  if (kind.isDirectory())
    throw new CommandError(`Expected a file; ${path} is not a regular file.`, 'Name the files in it.', exit.usage)
  if (!kind.isFile()) return describe(path, await spool(createReadStream(path), path))
  const handle = await open(path).catch((error) => {
    throw unreadable(path, error)
  })
  return describe(path, handle)
}

function unreadable(path: string, error: NodeJS.ErrnoException): CommandError {
  const why = error.code === 'ENOENT' ? 'does not exist' : error.message
  return new CommandError(`Expected a file; ${path} ${why}.`, 'Check the path.', exit.usage)
}

async function describe(name: string, handle: FileHandle): Promise<InputFile> {
  const stamp = async () => {
    const { size, mtime } = await handle.stat()
    return { size, text: `${size} bytes of ${mtime.toISOString()}` }
  }
  const before = await stamp()
  const file: InputFile = {
    name,
    size: before.size,
    at: 0,
    async *chunks() {
      for (let at = 0, chunk = await readAt(handle, at); chunk.length > 0; chunk = await readAt(handle, at)) {
        at += chunk.length
        file.at = at
        yield chunk
      }
    },
    slice: (start, end) => readSlice(handle, start, end),
    unchanged: async () => {
      const now = await stamp()
      if (now.text !== before.text) throw changed(name, `it was ${before.text} and is ${now.text}`)
    },
    close: () => handle.close(),
  }
  return file
}

async function readAt(handle: FileHandle, at: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(256 * 1024)
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, at)
  return buffer.subarray(0, bytesRead)
}

async function readSlice(handle: FileHandle, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(end - start)
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at)
    if (bytesRead === 0) throw new Error(`it ends before byte ${end}`)
    at += bytesRead
  }
  return bytes.buffer
}

export function changed(name: string, how: string): CommandError {
  return new CommandError(
    `Expected ${name} to stay the same while it was read; ${how}.`,
    'What is counted mixes both: import a copy that nobody writes to under another test id.',
  )
}

/** A copy without a name, which is gone with this process, whatever ends it. */
async function spool(input: AsyncIterable<Buffer>, name: string): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-import-'))
  const handle = await open(join(folder, 'copy'), 'w+', 0o600)
  rmSync(folder, { recursive: true })
  try {
    for await (const chunk of input) await handle.writeFile(chunk)
    return handle
  } catch (error) {
    await handle.close()
    throw new CommandError(
      `Expected to copy ${name} into ${tmpdir()}; ${(error as Error).message}.`,
      'It is read twice, to check it before anything is sent: make room, set TMPDIR, or save it to a file first.',
    )
  }
}
