/** Empties a record in place, for whoever holds it. */
export function clear(record: Record<string, unknown>): void {
  for (const key in record) delete record[key]
}
