import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLockOut, lockedUntil } from '#app/lock-out.ts'
import type { LockOut, LockOutRule, PasswordAttempt } from '#app/lock-out.ts'
import type { Failures } from '#app/lock-out-store.ts'
import { makeId } from '#domain/id.ts'
import { lockOutStoreConformance } from '../conformance/lock-out-store.ts'
import { memoryLockOut } from './memory-lock-out.ts'

const shared = new Map<string, Failures>()
lockOutStoreConformance('memory', async () => memoryLockOut(shared))

const rule: LockOutRule = { attempts: 3, firstSeconds: 30, longestSeconds: 100 }

interface Door {
  readonly lockOut: LockOut
  readonly failures: ReadonlyMap<string, Failures>
  now: number
  readonly tries: (login: string, clientIp?: string) => Promise<boolean>
}

function door(own: LockOutRule = rule): Door {
  const failures = new Map<string, Failures>()
  const lockOut = createLockOut({
    store: memoryLockOut(failures),
    clock: () => opened.now,
    rule: own,
  })
  const opened: Door = {
    lockOut,
    failures,
    now: 1_700_000_000_000,
    tries: (login, clientIp) => lockOut.admits(attemptOf(login, clientIp)),
  }
  return opened
}

const attemptOf = (login: string, clientIp = '192.0.2.1'): PasswordAttempt => ({
  account: 'acme',
  login,
  origin: { clientIp, request: 'r' },
})

async function triesInTurn(it: Door, logins: readonly string[]): Promise<readonly boolean[]> {
  const admitted: boolean[] = []
  for (const login of logins) admitted.push(await it.tries(login))
  return admitted
}

test('after so many failures the next attempt is not admitted, until the time is over', async () => {
  const it = door()
  assert.deepEqual(await triesInTurn(it, ['bob', 'bob', 'bob', 'bob']), [true, true, true, false])
  it.now += 29_999
  assert.equal(await it.tries('bob'), false)
  it.now += 1
  assert.equal(await it.tries('bob'), true)
})

test('each further failure doubles the lock, up to the longest', () => {
  const after = (count: number): number => lockedUntil({ count, lastAt: 0 }, 3, rule) / 1000
  assert.deepEqual([3, 4, 5, 500].map(after), [30, 60, 100, 100])
  assert.equal(after(2), Number.NEGATIVE_INFINITY)
})

test('a lock does not grow by attempts that it refuses', async () => {
  const it = door()
  await triesInTurn(
    it,
    Array.from({ length: 50 }, () => 'bob'),
  )
  it.now += 30_000
  assert.equal(await it.tries('bob'), true)
})

test('a hundred attempts at once get no more guesses than a hundred one after the other', async () => {
  const it = door()
  const admitted = await Promise.all(Array.from({ length: 100 }, () => it.tries('bob')))
  assert.equal(admitted.filter(Boolean).length, 3)
})

test('a success makes the failures of the role forgotten', async () => {
  const it = door()
  await triesInTurn(it, ['bob', 'bob', 'bob'])
  await it.lockOut.forgive(attemptOf('bob'))
  assert.deepEqual(await triesInTurn(it, ['bob', 'bob', 'bob', 'bob']), [true, true, true, false])
})

test('`aliases`: spellings of one name share a counter, and other names do not', async () => {
  const it = door()
  assert.deepEqual(await triesInTurn(it, ['bob', 'user/bob', 'bob', 'user/bob']), [
    true,
    true,
    true,
    false,
  ])
  for (const other of ['Bob', 'bob ', ' bob', 'bo\u200bb', 'host/bob', 'b\u00f3b', 'bo\u0301b']) {
    assert.equal(await it.tries(other), true, other)
  }
})

test('an address that fails with ten times as many names is refused with any', async () => {
  const it = door()
  const names = Array.from({ length: 30 }, (_, index) => `somebody-${index}`)
  assert.ok((await triesInTurn(it, names)).every(Boolean))
  assert.equal(await it.tries('carol'), false)
  assert.equal(await it.tries('carol', '192.0.2.2'), true)
})

test('a success gives back one attempt of the address, not all of its failures', async () => {
  const it = door()
  const names = Array.from({ length: 29 }, (_, index) => `somebody-${index}`)
  await triesInTurn(it, [...names, 'bob'])
  await it.lockOut.forgive(attemptOf('bob'))
  assert.deepEqual(await triesInTurn(it, ['carol', 'dave']), [true, false])
})

test('addresses of one IPv6 customer are one address', async () => {
  const it = door()
  for (let host = 0; host < 30; host++) await it.tries(`somebody-${host}`, `2001:db8::${host}`)
  assert.equal(await it.tries('carol', '2001:db8:0:0:ffff::1'), false)
  assert.equal(await it.tries('carol', '2001:db8:0:1::1'), true)
})

test('an operator ends a lock', async () => {
  const it = door()
  await triesInTurn(it, ['bob', 'bob', 'bob'])
  await it.lockOut.unlock(makeId('acme', 'user', 'bob'))
  assert.equal(await it.tries('bob'), true)
})

test('failures of yesterday do not count', async () => {
  const it = door()
  await triesInTurn(it, ['bob', 'bob'])
  it.now += 24 * 60 * 60 * 1000 + 1
  assert.deepEqual(await triesInTurn(it, ['bob', 'bob', 'bob', 'bob']), [true, true, true, false])
})

test('`error-canary`: a password that was typed as the name is kept nowhere', async () => {
  const it = door()
  await it.tries('canary-4711')
  await it.tries('canary-4711\u0000')
  assert.doesNotMatch(JSON.stringify([...it.failures]), /canary/)
})

test('0 attempts lock nobody out', async () => {
  const it = door({ ...rule, attempts: 0 })
  assert.ok(
    (
      await triesInTurn(
        it,
        Array.from({ length: 50 }, () => 'bob'),
      )
    ).every(Boolean),
  )
  assert.equal(it.failures.size, 0)
})
