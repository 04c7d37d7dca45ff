import { SingleBar } from 'cli-progress'

export interface Progress {
  update(done: number): void
  stop(): void
}

/**
 * A bar on a terminal; elsewhere a line for every tenth, so that a log stays short. Both on stderr. `from` of all was done
 * before, which says nothing of the rate.
 */
export function progress(label: string, total: number, unit: string, quiet = false, from = 0): Progress {
  if (quiet) return { update() {}, stop() {} }
  return process.stderr.isTTY ? bar(label, total, unit, from) : lines(label, total, unit, from)
}

function bar(label: string, total: number, unit: string, from: number): Progress {
  const b = new SingleBar({
    format: `${label} {bar} {percentage} % · {value}/{total} ${unit} · {rate}/s · {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 20,
    // Otherwise the bar would take the first Ctrl-C for itself, and a killed command leave a changed terminal.
    gracefulExit: false,
    hideCursor: false,
    linewrap: true,
    stream: process.stderr,
  })
  const started = Date.now()
  b.start(total, from, { rate: '…' })
  return {
    update: (done) =>
      b.update(done, { rate: Math.round((done - from) / Math.max(0.001, (Date.now() - started) / 1000)) }),
    stop: () => b.stop(),
  }
}

function lines(label: string, total: number, unit: string, from: number): Progress {
  let tenth = Math.floor((from / Math.max(1, total)) * 10)
  if (from > 0) process.stderr.write(`${label} on from ${from}/${total} ${unit}\n`)
  return {
    update(done) {
      const now = Math.floor((done / Math.max(1, total)) * 10)
      if (now <= tenth) return
      tenth = now
      process.stderr.write(`${label} ${tenth * 10} % (${done}/${total} ${unit})\n`)
    },
    stop() {},
  }
}
