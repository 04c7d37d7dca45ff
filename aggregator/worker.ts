import { Fence } from './fence.js'
import { Follower, type FollowOptions } from './follow.js'
import { pause } from './pause.js'
import { Writer, type WriterOptions } from './writer.js'

/** Milliseconds before a worker that was fenced or failed starts over. */
const AGAIN = 1000

export type WorkerOptions = Omit<WriterOptions, 'suffix' | 'tokens' | 'fence' | 'signal'> &
  Pick<FollowOptions, 'gate' | 'onStored'> & {
    /** Told each time that it begins with what the tables hold, which may be other tables than before. */
    onRecovered: () => void
  }

/** Carries one partition into the live tables while it is this process's. */
export class Worker {
  readonly partition: number
  readonly writer: Writer
  readonly #o: WorkerOptions
  readonly #stop = new AbortController()
  readonly #fence: Fence
  readonly #running: Promise<void>
  /** Resolves once it knows what the tables hold. */
  readonly recovered: Promise<void>
  #tellRecovered = () => {}
  #follower: Follower | null = null

  constructor(options: WorkerOptions) {
    this.#o = options
    this.partition = options.partition
    const { signal } = this.#stop
    this.#fence = new Fence(options.store, options.partition, signal)
    this.writer = new Writer({ ...options, suffix: '', tokens: 'assay.events', fence: this.#fence, signal })
    this.recovered = new Promise((resolve) => {
      this.#tellRecovered = resolve
    })
    this.#running = this.#run()
  }

  /** Whether the log is ahead by more than the batch under way. */
  get behind(): boolean {
    return this.#follower?.behind ?? true
  }

  /** Finishes the batch under way. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  /** Recovers what a crash or the last owner left, then follows the log. */
  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.writer.locate()
        await this.#fence.acquire()
        await this.writer.recover()
        this.#tellRecovered()
        this.#o.onRecovered()
        this.#follower = new Follower({ ...this.#o, writer: this.writer, signal })
        await this.#follower.run()
      } catch (error) {
        if (signal.aborted) return
        this.#o.onRetry(error)
        await pause(AGAIN, signal).catch(() => {})
      }
    }
  }
}
