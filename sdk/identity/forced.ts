/** Branches asked for in an address: `?assay=checkout:one-page,search:new`. */
export function readForced(search = ''): Record<string, string> {
  const asked = new URLSearchParams(search).get('assay') ?? ''
  return Object.fromEntries(asked.split(',').map((pair) => pair.split(':')))
}
