/** 126 random bits in 21 characters that a URL takes as they are: nanoid's scheme. */
export function newId(): string {
  let id = ''
  for (const byte of crypto.getRandomValues(new Uint8Array(21))) id += letter(byte & 63)
  return id
}

function letter(n: number): string {
  if (n < 36) return n.toString(36)
  return n < 62 ? (n - 26).toString(36).toUpperCase() : n < 63 ? '_' : '-'
}
