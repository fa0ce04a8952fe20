import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessToken } from '#client/access-token.ts'
import { parseAccessToken, saysFactor } from '#client/access-token.ts'
import { renewedToken } from '#client/token-holder.ts'

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const tokenJson = (claims: unknown): string =>
  JSON.stringify({ protected: encode({}), payload: encode(claims), signature: 'AA==' })

test('a token is read from JSON and from the base64 of it, and sent as base64', () => {
  const json = tokenJson({ iat: 1000, exp: 1600, sub: 'host/a~?>' })
  const base64 = Buffer.from(json).toString('base64')
  const expected = { authorization: `Token token="${base64}"`, json, lifeSeconds: 600 }
  assert.deepEqual(parseAccessToken(json), expected)
  assert.deepEqual(parseAccessToken(`${base64}\n`), expected)
})

test('a token without an end lives eight minutes', () => {
  assert.equal(parseAccessToken(tokenJson({ iat: 1, sub: 'a' }))?.lifeSeconds, 480)
})

test('anything else is no token', () => {
  for (const text of ['', '{}', 'x', '{"protected":1}', tokenJson({ sub: 'a' }), tokenJson('x')]) {
    assert.equal(parseAccessToken(text), undefined, text)
  }
})

test('a token tells whether a second factor was proven', () => {
  assert.equal(saysFactor(tokenJson({ iat: 1, sub: 'a', amr: ['otp'], auth_time: 1 })), true)
  for (const text of [tokenJson({ iat: 1, sub: 'a' }), tokenJson('auth_time'), '{}', 'x']) {
    assert.equal(saysFactor(text), false, text)
  }
})

const token = (name: string): AccessToken => ({
  authorization: name,
  json: '{}',
  lifeSeconds: 100,
})

test('a token is kept until 85 % of its life and then replaced', async () => {
  let time = 0
  let count = 0
  const holder = renewedToken(
    async () => token(`${(count += 1)}`),
    () => time,
  )
  const current = async (): Promise<string> => (await holder.current()).authorization
  assert.equal(await current(), '1')
  time = 84_999
  assert.equal(await current(), '1')
  time = 85_000
  assert.equal(await current(), '2')
})

test('requests that need a token at the same time share one', async () => {
  let count = 0
  const holder = renewedToken(
    async () => token(`${(count += 1)}`),
    () => 0,
  )
  await Promise.all([holder.current(), holder.current(), holder.current()])
  assert.equal(count, 1)
})

test('after a failure the next request tries again', async () => {
  let count = 0
  const holder = renewedToken(
    async () => {
      count += 1
      if (count === 1) throw new Error('down')
      return token('good')
    },
    () => 0,
  )
  await assert.rejects(holder.current(), /down/)
  assert.equal((await holder.current()).authorization, 'good')
})

test('a refused token is replaced, but not a newer one than was refused', async () => {
  let count = 0
  const holder = renewedToken(
    async () => token(`${(count += 1)}`),
    () => 0,
  )
  const first = await holder.current()
  holder.refused(first)
  const second = await holder.current()
  holder.refused(first)
  assert.equal(await holder.current(), second)
})
