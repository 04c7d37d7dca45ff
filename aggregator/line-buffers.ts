import { LineBuffer } from './lines.js'

/** One is filled while the lines of another are handed over. */
const COUNT = 2

/** The line buffers of a process, of which each partition has one in turn: one each would be 64 MB for each that is behind. */
export class LineBuffers {
  readonly #free = Array.from({ length: COUNT }, () => new LineBuffer())
  readonly #waiting: ((buffer: LineBuffer) => void)[] = []

  /** Runs work with an empty buffer, as soon as one is free. */
  async use<T>(partition: number, work: (lines: LineBuffer) => Promise<T>): Promise<T> {
    const lines = this.#free.pop() ?? (await new Promise<LineBuffer>((resolve) => this.#waiting.push(resolve)))
    lines.start(partition)
    try {
      return await work(lines)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.push(lines)
      else next(lines)
    }
  }
}
