import fc from 'fast-check'
import { expect, test } from 'vitest'
import { framed, unframed } from './frames.js'

async function* cut(bytes: Buffer, at: readonly number[]) {
  const marks = [0, ...at.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b), bytes.length]
  for (let i = 1; i < marks.length; i++) yield bytes.subarray(marks[i - 1], marks[i])
}

async function pieces(bytes: Buffer, at: readonly number[] = []): Promise<string[]> {
  const found: string[] = []
  for await (const some of unframed(cut(bytes, at))) found.push(...some.map((piece) => piece.toString('latin1')))
  return found
}

const piece = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))
const share = fc.double({ min: 0, max: 1, noNaN: true })

test('pieces come back whole wherever the stream was cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(piece), fc.array(share), async (sent, at) => {
      expect(await pieces(framed(sent), at)).toEqual(sent.map((p) => p.toString('latin1')))
    }),
  )
})

test('a stream that ends inside a piece is damaged', async () => {
  const whole = framed([Buffer.from('first'), Buffer.from('second')])
  for (let end = 1; end < whole.length; end++) {
    if (end === 'first'.length + 4) continue
    await expect(pieces(whole.subarray(0, end))).rejects.toMatchObject({ code: 'backup-damaged' })
  }
})
