import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessToken } from '#client/access-token.ts'
import { renewedToken } from '#client/token-holder.ts'

/** A holder of tokens that live 100 seconds, its clock, and how many it obtained. */
function holder() {
  const state = { now: 0, obtained: 0, failure: undefined as Error | undefined }
  const obtain = async (): Promise<AccessToken> => {
    state.obtained += 1
    if (state.failure !== undefined) throw state.failure
    return { authorization: `token ${state.obtained}`, json: '{}', lifeSeconds: 100 }
  }
  return { state, tokens: renewedToken(obtain, () => state.now) }
}

const hundred = (ask: () => Promise<AccessToken>): Promise<ReadonlySet<AccessToken>> =>
  Promise.all(Array.from({ length: 100 }, ask)).then((tokens) => new Set(tokens))

test('100 calls that find a token due for replacement wait for the same new one', async () => {
  const { state, tokens } = holder()
  assert.equal((await hundred(() => tokens.current())).size, 1)
  state.now = 84_999
  await tokens.current()
  assert.equal(state.obtained, 1)
  state.now = 85_000
  assert.equal((await hundred(() => tokens.current())).size, 1)
  assert.equal(state.obtained, 2)
})

test('a token that was refused to many is replaced once, and the new one is not thrown away for a late refusal', async () => {
  const { state, tokens } = holder()
  const old = await tokens.current()
  const renewed = await hundred(() => {
    assert.ok(tokens.refused(old))
    return tokens.current()
  })
  assert.equal(state.obtained, 2)
  assert.ok(tokens.refused(old))
  assert.ok(renewed.has(await tokens.current()))
})

test('those who waited for a token that could not be had all fail, and the next one tries again', async () => {
  const { state, tokens } = holder()
  state.failure = new Error('away')
  const outcomes = await Promise.allSettled([tokens.current(), tokens.current()])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.equal(state.obtained, 1)
  state.failure = undefined
  assert.equal((await tokens.current()).authorization, 'token 2')
})
