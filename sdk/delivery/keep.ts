/** An event on its way: its id, and its JSON. */
export interface Line {
  id: string
  json: string
}

/** Where events wait that must outlive the page or the process. What throws here is reported, and waits in memory alone. */
export interface Keep {
  add(line: Line): void
  /** Delivered, or given up; `isUnsure` if they went off with the page, and nobody will say whether they arrived. */
  remove(lines: readonly Line[], isUnsure?: boolean): void
  /** Hands over what is left of those who are gone, now and later. `forget` takes back all that was handed over or added. */
  adopt(add: (line: Line) => void, forget: () => readonly Line[]): Promise<void>
  /** Leaves what is left to others. */
  release?(): void
}
