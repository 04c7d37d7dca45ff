/** Like `Promise.all`, but when one fails none is at work any more: what they share can be used again. */
export async function together<T extends readonly unknown[]>(work: T): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work)
  return Promise.all(work) as never
}
