import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { createBodyBudget } from '#http/body-budget.ts'
import { readBody } from '#http/body.ts'

const KB = 1024

/** A request whose body comes in these pieces, without saying how long it will be. */
const requestOf = (...pieces: readonly number[]): IncomingMessage =>
  Object.assign(Readable.from(pieces.map((size) => Buffer.alloc(size))), {
    headers: {},
  }) as unknown as IncomingMessage

const refused = { code: 'unavailable', status: 503 }

test('`json-dos`: large bodies share a budget, and what one held is there for others once it was answered', () => {
  const budget = createBodyBudget(100)
  const [one, other] = [budget.open(), budget.open()]
  one.take(60)
  other.take(40)
  assert.throws(() => other.take(1), refused)
  one.close()
  other.take(60)
  assert.throws(() => other.take(1), refused)
  other.close()
  other.close()
  budget.open().take(100)
  assert.throws(() => budget.open().take(1), refused)
})

test('`json-dos`: a body is refused as soon as there is no memory left for it, and a small one is always taken', async () => {
  const budget = createBodyBudget(100 * KB)
  const share = budget.open()
  const read = (...pieces: readonly number[]): Promise<Buffer> =>
    readBody(requestOf(...pieces), 500 * KB, share)
  assert.equal((await read(60 * KB, 60 * KB)).length, 120 * KB)
  await assert.rejects(read(60 * KB, 60 * KB), refused)
  assert.equal((await read(60 * KB)).length, 60 * KB)
  share.close()
  assert.equal((await read(60 * KB, 60 * KB)).length, 120 * KB)
})
