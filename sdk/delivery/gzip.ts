/** Characters; smaller bodies gain nothing. */
const WORTH_IT = 1024

/** The text compressed, where the platform can and it is worth it. */
export async function gzip(text: string): Promise<Blob | null> {
  if (text.length < WORTH_IT || !globalThis.CompressionStream) return null
  const stream = new Response(text).body!.pipeThrough(new CompressionStream('gzip'))
  return new Response(stream).blob()
}
