import type { Problem } from '@assay/core/errors'
import type { Results } from '@assay/query-api/analysis/reply'
import type { Server } from './discover.js'
import { CommandError } from './failure.js'
import { linesOf } from './lines-of.js'
import { progress } from './progress.js'
import { Refusal, request } from './request.js'

/** Results that are worked out now, with how far they are on stderr. */
export async function followResults(server: Server, path: string, quiet: boolean): Promise<Results> {
  const response = await request(server, path, { headers: { accept: 'text/event-stream' } })
  const shown = progress('counting', 100, '%', quiet)
  try {
    let event = ''
    for await (const line of linesOf(response)) {
      if (line.startsWith('event: ')) event = line.slice('event: '.length)
      if (!line.startsWith('data: ')) continue
      const data = JSON.parse(line.slice('data: '.length))
      if (event === 'results') return data as Results
      if (event === 'problem') throw refused(data as Problem)
      shown.update(Math.round(100 * (data as { done: number }).done))
    }
    throw new CommandError('Expected results; the server ended before it had them.', 'Ask again.')
  } finally {
    shown.stop()
  }
}

const refused = ({ code, title, detail, advice }: Problem) => new Refusal(code, `${title}. ${detail}`, advice)
