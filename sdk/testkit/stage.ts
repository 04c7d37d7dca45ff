import { afterEach, beforeEach, vi } from 'vitest'
import { createDelivery } from '../delivery/delivery.js'
import type { Line } from '../delivery/keep.js'
import { createGuard } from '../guard.js'
import type { BaseOptions } from '../options.js'
import { Heard } from './heard.js'

/** A delivery before a server that is played, and what is heard of it. */
export class Stage extends Heard {
  open(options: Partial<BaseOptions> = {}) {
    const all: BaseOptions = { ...this.options, ...options }
    return createDelivery(all, createGuard(all.onError))
  }

  /** The ids of each batch that came, in one word. */
  get ids(): string[] {
    return this.server.batches.map((batch) => batch.map((event) => event.id).join(''))
  }
}

export const line = (id: number, size = 0): Line => ({
  id: `${id}`,
  json: JSON.stringify({ id: `${id}`, event: 'x'.repeat(size) }),
})

export const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

/** Before each test a new stage, on which time is played and every wait is as long as it may be. */
export function stageEach(set: (stage: Stage) => void): void {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.spyOn(Math, 'random').mockReturnValue(1)
    set(new Stage())
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
}
