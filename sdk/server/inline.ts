/** JSON that may stand inside a script element: nothing in it ends that, or starts a comment or a line. */
export function inline(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
