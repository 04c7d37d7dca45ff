import type { Server } from './discover.js'
import { CommandError } from './failure.js'
import { type Progress, progress } from './progress.js'
import { request } from './request.js'

interface Line {
  phase: 'reading' | 'swapping' | 'done' | 'failed'
  done?: number
  total?: number
  problem?: { title: string; detail: string; advice: string }
}

/** Has the server rebuild its tables from the log. @returns the records read */
export async function replay(server: Server, quiet: boolean): Promise<number> {
  const response = await request(server, '/v1/admin/replay', { method: 'POST' })
  const decoder = new TextDecoder()
  let bar: Progress | undefined
  let rest = ''
  let read = 0
  for await (const chunk of response.body!) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    for (const line of lines.map((l) => JSON.parse(l) as Line)) {
      if (line.phase === 'failed')
        throw new CommandError(`${line.problem!.title}. ${line.problem!.detail}`, line.problem!.advice)
      bar ??= progress('replaying', line.total ?? 0, 'records', quiet, line.done)
      read = line.done ?? read
      bar.update(read)
      if (line.phase === 'done') {
        bar.stop()
        return read
      }
    }
  }
  throw new CommandError(
    'Expected the replay to say that it is done; the connection ended before.',
    'The old tables are in use. If the server still runs, /v1/status shows the replay; else run it again: it goes on.',
  )
}
