import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { openStream, sealStream } from '#crypto/sealed-stream.ts'

const masterKey = randomBytes(32)

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

async function collected(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

const sealed = (bytes: Uint8Array, purpose = 'test'): Promise<Buffer> =>
  collected(sealStream(masterKey, purpose, cut(bytes, 10_000)))

const opened = (
  bytes: Uint8Array,
  key: Uint8Array = masterKey,
  purpose = 'test',
): Promise<Buffer> => collected(openStream(key, purpose, cut(bytes, 7777)))

test('a stream opens as what was sealed, whatever its size', async () => {
  for (const size of [0, 1, 65_535, 65_536, 65_537, 131_072, 300_000]) {
    const bytes = randomBytes(size)
    assert.deepEqual(await opened(await sealed(bytes)), bytes, `${size} bytes`)
  }
})

test('the same bytes are sealed differently each time', async () => {
  const bytes = randomBytes(1000)
  assert.notDeepEqual(await sealed(bytes), await sealed(bytes))
})

test('`db-theft`: a stream opens under its key and for its purpose alone', async () => {
  const stream = await sealed(Buffer.from('canary'))
  assert.ok(!stream.includes('canary'))
  await assert.rejects(opened(stream, randomBytes(32)), { code: 'corrupt' })
  await assert.rejects(opened(stream, masterKey, 'another'), { code: 'corrupt' })
})

test('`audit-tamper`: a stream that was altered, reordered, repeated or cut short does not open', async () => {
  const stream = await sealed(randomBytes(200_000))
  const frame = 4 + 16 + 65_536
  const [salt, frames] = [stream.subarray(0, 32), stream.subarray(32)]
  const [first, second, rest] = [
    frames.subarray(0, frame),
    frames.subarray(frame, 2 * frame),
    frames.subarray(2 * frame),
  ]
  const flipped = Buffer.from(stream)
  flipped[50_000] = (flipped[50_000] ?? 0) ^ 1
  const noLonger = Buffer.from(first)
  noLonger[0] = (noLonger[0] ?? 0) | 0x80
  for (const wrong of [
    flipped,
    Buffer.concat([salt, second, first, rest]),
    Buffer.concat([salt, first, first, second, rest]),
    Buffer.concat([salt, first, second]),
    Buffer.concat([salt, noLonger]),
    stream.subarray(0, -1),
    stream.subarray(0, 10),
    Buffer.alloc(0),
  ]) {
    await assert.rejects(opened(wrong), { code: 'corrupt' })
  }
})
