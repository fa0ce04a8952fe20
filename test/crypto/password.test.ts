import assert from 'node:assert/strict'
import { argon2Sync } from 'node:crypto'
import { test } from 'node:test'
import { createPasswordHasher, needsRehash } from '#crypto/password.ts'
import { isStrongPassword, WEAK_PASSWORD } from '#crypto/password-rule.ts'

const password = 'Correct-Horse-7'

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')

/** A hash at the least cost that argon2 allows. */
function cheap(text: string, parameters = 'm=8,t=1,p=1'): string {
  const salt = Buffer.alloc(16, 7)
  const tag = argon2Sync('argon2id', {
    message: text,
    nonce: salt,
    memory: 8,
    passes: 1,
    parallelism: 1,
    tagLength: 32,
  })
  return `$argon2id$v=19$${parameters}$${unpadded(salt)}$${unpadded(tag)}`
}

test('a password verifies against its hash, another does not', async () => {
  const hasher = createPasswordHasher()
  const stored = await hasher.hash(password)
  assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  assert.equal(await hasher.verify(password, stored), true)
  assert.equal(await hasher.verify(Buffer.from(password), stored), true)
  assert.equal(await hasher.verify(`${password} `, stored), false)
  assert.equal(needsRehash(stored), false)
})

test('two hashes of one password differ', async () => {
  const hasher = createPasswordHasher()
  assert.notEqual(await hasher.hash(password), await hasher.hash(password))
})

test('the hash of the reference implementation of argon2 verifies', async () => {
  // From the test of the reference implementation (phc-winner-argon2, src/test.c): id, t=2, m=2^8, p=1.
  const stored =
    '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
  assert.equal(await createPasswordHasher().verify('password', stored), true)
  assert.equal(needsRehash(stored), true)
})

test('a hash at another cost verifies at that cost and asks to be replaced', async () => {
  const stored = cheap(password)
  assert.equal(await createPasswordHasher().verify(password, stored), true)
  assert.equal(needsRehash(stored), true)
})

test('nobody never verifies', async () => {
  assert.equal(await createPasswordHasher().verifyNobody(password), false)
})

test('`timing`: who does not exist costs the same work as who does', async () => {
  const hasher = createPasswordHasher({ places: 1, queue: 0 })
  const stored = await hasher.hash(password)
  const [somebody, rejectedAfterSomebody] = [hasher.verify('x', stored), hasher.verify('x', stored)]
  await assert.rejects(rejectedAfterSomebody, { code: 'unavailable' })
  assert.equal(await somebody, false)
  const [nobody, rejectedAfterNobody] = [hasher.verifyNobody('x'), hasher.verifyNobody('x')]
  await assert.rejects(rejectedAfterNobody, { code: 'unavailable' })
  assert.equal(await nobody, false)
})

test('a stored string cannot make the server spend more than it would', async () => {
  const hasher = createPasswordHasher()
  for (const parameters of [
    'm=999999,t=1,p=1',
    'm=65537,t=1,p=1',
    'm=8,t=11,p=1',
    'm=64,t=1,p=5',
    'm=4,t=1,p=1',
    'm=8,t=0,p=1',
    'm=8,t=1,p=0',
  ]) {
    await assert.rejects(hasher.verify(password, cheap(password, parameters)), { code: 'corrupt' })
  }
})

test('a stored string that is no argon2id hash is corrupt, and is not quoted', async () => {
  const hasher = createPasswordHasher()
  for (const stored of [
    '',
    password,
    '$2b$12$abcdefghijklmnopqrstuv',
    '$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA',
    `${cheap(password)}\n`,
  ]) {
    await assert.rejects(hasher.verify(password, stored), {
      code: 'corrupt',
      message: 'a stored password hash is malformed',
    })
  }
})

test('a flood of logins is turned away and those that were let in finish', async () => {
  const hasher = createPasswordHasher({ places: 2, queue: 3 })
  const stored = cheap(password)
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => hasher.verify(password, stored)),
  )
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 5)
  assert.equal(await hasher.verify(password, stored), true)
})

test('a strong password has all that the rule wants', () => {
  for (const strong of [
    'Abcdefgh12!X',
    'MY pass 1 is fine',
    `Aa1!${'Bb'.repeat(62)}`,
    'ABCDEFGHIJab1~',
    'ÄÖÜabAB1!xyz😀',
  ]) {
    assert.equal(isStrongPassword(strong), true, strong)
  }
})

test('a password that lacks one thing is weak', () => {
  for (const weak of [
    'Abcdefg12!X', // 11 characters
    `Aa1!${'Bb'.repeat(62)}x`, // 129
    'abcdefgh12!X', // one upper-case letter
    'ABCDEFGH12!x',
    'Abcdefghij!X',
    'Abcdefgh123X',
    'Abcdefgh12!X\n',
    'ÄÖabcdefgh12!', // upper case, but not of ASCII
    'AB1!ab😀😀😀😀😀', // 11 characters in 16 code units
  ]) {
    assert.equal(isStrongPassword(weak), false, weak)
  }
})

test('every special character counts', () => {
  for (const special of ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~') {
    assert.equal(isStrongPassword(`ABcdefghijk1${special}`), true, special)
  }
  assert.equal(isStrongPassword('ABcdefghijk1§'), false)
})

test('the text for a weak password begins with its code', () => {
  assert.match(WEAK_PASSWORD, /^CONJ00046E .*12 to 128 characters/)
})
