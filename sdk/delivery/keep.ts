/** An event on its way: its id, and its JSON. */
export interface Line {
  id: string
  json: string
}

/** Where events wait that must outlive the page or the process. What throws here is reported, and waits in memory alone. */
export interface Keep {
  add(line: Line): void
  /** Delivered, or given up. */
  remove(lines: readonly Line[]): void
  /** Hands over what is left of those who are gone. */
  adopt(add: (line: Line) => void): Promise<void>
}
