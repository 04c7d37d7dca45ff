import { SingleBar } from 'cli-progress'

export interface Progress {
  update(done: number): void
  stop(): void
}

/** A bar on a terminal; elsewhere a line for every tenth, so that a log stays short. Both on stderr. */
export function progress(label: string, total: number, unit: string, quiet = false): Progress {
  if (quiet) return { update() {}, stop() {} }
  return process.stderr.isTTY ? bar(label, total, unit) : lines(label, total, unit)
}

function bar(label: string, total: number, unit: string): Progress {
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
  b.start(total, 0, { rate: '…' })
  return {
    update: (done) => b.update(done, { rate: Math.round(done / Math.max(0.001, (Date.now() - started) / 1000)) }),
    stop: () => b.stop(),
  }
}

function lines(label: string, total: number, unit: string): Progress {
  let tenth = 0
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
