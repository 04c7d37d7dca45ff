import { beforeEach, vi } from 'vitest'

export interface Printed {
  out: string
  err: string
}

/** What each test of the file prints, in place of printing it; its exit code goes with it. */
export function capturePrinted(): Printed {
  const printed: Printed = { out: '', err: '' }
  const into = (stream: keyof Printed) => (text: string | Uint8Array) => {
    printed[stream] += text
    return true
  }
  beforeEach(() => {
    Object.assign(printed, { out: '', err: '' })
    vi.spyOn(process.stdout, 'write').mockImplementation(into('out'))
    vi.spyOn(process.stderr, 'write').mockImplementation(into('err'))
    return () => {
      process.exitCode = undefined
      vi.restoreAllMocks()
    }
  })
  return printed
}
