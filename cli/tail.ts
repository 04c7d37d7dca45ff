import { setTimeout as sleep } from 'node:timers/promises'
import type { Event } from '@assay/core/event'
import type { Server } from './discover.js'
import { CommandError, exit } from './failure.js'
import { linesOf } from './lines-of.js'
import { request } from './request.js'
import { paint } from './style.js'

/** Prints an app's events as they come, until the process is ended. Goes on when the server comes back. */
export async function tail(server: Server, app: string, json: boolean): Promise<never> {
  for (let connected = false; ; ) {
    try {
      const response = await request(server, `/v1/apps/${encodeURIComponent(app)}/tail`)
      connected = true
      if (!json) process.stderr.write(`${paint('dim', `live events of ${app}; Ctrl-C ends`, process.stderr)}\n`)
      for await (const line of linesOf(response)) {
        if (line.startsWith('data: '))
          process.stdout.write(`${json ? line.slice(6) : pretty(JSON.parse(line.slice(6)))}\n`)
      }
    } catch (error) {
      // A server never reached is the user's to correct; one that went away may come back.
      const refused = error instanceof CommandError && error.code !== exit.unreachable
      if (!connected || refused) throw error
    }
    await sleep(1000)
  }
}

function pretty({ time, event, user, value, tests }: Event): string {
  const when = new Date(time).toISOString().slice(11, 23)
  const where = Object.entries(tests)
    .map(([test, branch]) => `${test}=${branch}`)
    .join(' ')
  return `${paint('dim', when)}  ${paint('cyan', event.padEnd(16))} ${user.padEnd(24)} ${String(value).padStart(10)}  ${paint('dim', where)}`
}
