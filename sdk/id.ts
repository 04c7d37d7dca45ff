/** 126 random bits in 21 characters that a URL takes as they are: nanoid's scheme. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return btoa(String.fromCharCode(...bytes))
    .slice(0, 21)
    .replace(/\W/g, (sign) => (sign > '+' ? '_' : '-'))
}
