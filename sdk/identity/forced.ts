/** Branches asked for in an address: `?assay=checkout:one-page,search:new`, also several times. */
export function readForced(search = ''): Record<string, string> {
  const asked = new URLSearchParams(search).getAll('assay').join()
  return Object.fromEntries(asked.split(',').map((pair) => pair.split(/:(?=[^:]*$)/)))
}
