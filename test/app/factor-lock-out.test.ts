import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFactorLockOut } from '#app/factor-lock-out.ts'
import type { FactorLockOut } from '#app/factor-lock-out.ts'
import { createLockOut } from '#app/lock-out.ts'
import type { LockOut, LockOutRule } from '#app/lock-out.ts'
import type { Failures } from '#app/lock-out-store.ts'
import { makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { memoryLockOut } from './memory-lock-out.ts'

const rule: LockOutRule = { attempts: 3, firstSeconds: 30, longestSeconds: 100 }

const [ALICE, BOB] = [makeId('acme', 'user', 'alice'), makeId('acme', 'user', 'bob')]

interface Doors {
  readonly codes: FactorLockOut
  readonly passwords: LockOut
  readonly failures: Map<string, Failures>
  now: number
  /** After how many seconds the next attempt may be made; 0 when this one was admitted. */
  readonly waits: (role?: Id) => Promise<number>
}

function doors(own: LockOutRule = rule): Doors {
  const failures = new Map<string, Failures>()
  const parts = { store: memoryLockOut(failures), clock: () => opened.now, rule: own }
  const codes = createFactorLockOut(parts)
  const opened: Doors = {
    codes,
    passwords: createLockOut(parts),
    failures,
    now: 1_700_000_000_000,
    async waits(role = ALICE) {
      try {
        await codes.admit(role)
        return 0
      } catch (error) {
        assert.ok(error instanceof Failure && error.code === 'mfa_locked')
        return Number(error.wire['retry_after'])
      }
    },
  }
  return opened
}

const inTurn = async (it: Doors, times: number): Promise<readonly number[]> => {
  const waits: number[] = []
  for (let time = 0; time < times; time++) waits.push(await it.waits())
  return waits
}

test('after so many attempts the next one must wait, and is told how long', async () => {
  const it = doors()
  assert.deepEqual(await inTurn(it, 4), [0, 0, 0, 30])
  it.now += 29_001
  assert.deepEqual(await inTurn(it, 1), [1])
  it.now += 999
  assert.deepEqual(await inTurn(it, 2), [0, 60])
})

test('each further failure doubles the wait up to the longest, and leaning on a lock does not', async () => {
  const it = doors()
  await inTurn(it, 3)
  const waits: number[] = []
  for (const seconds of [30, 60, 100, 100]) {
    waits.push(...(await inTurn(it, 3)))
    it.now += seconds * 1000
    assert.equal(await it.waits(), 0)
  }
  assert.deepEqual(waits, [30, 30, 30, 60, 60, 60, 100, 100, 100, 100, 100, 100])
})

test('a right code takes back all failures of its role, and of nobody else', async () => {
  const it = doors()
  await inTurn(it, 3)
  for (const _ of [1, 2, 3]) await it.waits(BOB)
  await it.codes.forgive(ALICE)
  assert.deepEqual([await it.waits(ALICE), await it.waits(BOB)], [0, 30])
})

test('of many attempts at once no more are admitted than one after the other', async () => {
  const it = doors()
  const waits = await Promise.all(Array.from({ length: 50 }, () => it.waits()))
  assert.equal(waits.filter((wait) => wait === 0).length, 3)
})

test('codes have a counter of their own: it neither locks passwords nor is locked by them', async () => {
  const it = doors()
  const attempt = {
    account: 'acme',
    login: 'alice',
    origin: { clientIp: '192.0.2.1', request: 'r' },
  }
  for (const _ of [1, 2, 3]) await it.passwords.admits(attempt)
  assert.equal(await it.passwords.admits(attempt), false)
  assert.deepEqual(await inTurn(it, 4), [0, 0, 0, 30])
  await it.codes.forgive(ALICE)
  assert.equal(await it.passwords.admits(attempt), false)
})

test('an operator ends the lock of codes with that of passwords, also where passwords are not limited', async () => {
  for (const attempts of [3, 0]) {
    const it = doors({ ...rule, attempts })
    await inTurn(it, 5)
    assert.ok((await it.waits()) > 0)
    await it.passwords.unlock(ALICE)
    assert.equal(await it.waits(), 0)
  }
})

test('codes are limited to five attempts where passwords are not limited', async () => {
  assert.deepEqual(await inTurn(doors({ ...rule, attempts: 0 }), 6), [0, 0, 0, 0, 0, 30])
})

test('what is counted does not name the role', async () => {
  const it = doors()
  await it.waits()
  assert.ok([...it.failures.keys()].every((subject) => !subject.includes('alice')))
})
