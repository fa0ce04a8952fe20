import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  newTotpSecret,
  TOTP_STEP,
  totpCode,
  totpSecretText,
  totpStep,
  totpUri,
} from '#crypto/totp.ts'

const SECRET = Buffer.from('12345678901234567890')
const NOW = 1_111_111_111_000
const STEP = Math.floor(NOW / TOTP_STEP)

/** RFC 6238 appendix B, SHA-1: seconds, and the last six of the eight digits there (RFC 4226 5.3 takes them modulo 10^6). */
const VECTORS = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
] as const

test('codes are those of RFC 6238', () => {
  for (const [seconds, code] of VECTORS) {
    assert.equal(totpCode(SECRET, seconds * 1000), code)
    assert.equal(totpStep(SECRET, code, seconds * 1000), Math.floor(seconds / 30))
  }
})

test('a code is good for one step before its own and one after, and no longer', () => {
  const code = totpCode(SECRET, NOW)
  const taken = [-2, -1, 0, 1, 2].map((steps) => totpStep(SECRET, code, NOW + steps * TOTP_STEP))
  assert.deepEqual(taken, [undefined, STEP, STEP, STEP, undefined])
})

test('`totp-reuse`: however a code is spelled it means the same step, or none', () => {
  const code = totpCode(SECRET, NOW)
  for (const spelled of [` ${code}`, `${code}\n`, `${code.slice(0, 3)} ${code.slice(3)}`]) {
    assert.equal(totpStep(SECRET, spelled, NOW), STEP, JSON.stringify(spelled))
  }
  const inScript = (zero: number): string =>
    code.replaceAll(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)))
  const others = {
    fullwidth: inScript(0xff10),
    arabic: inScript(0x660),
    longer: `0${code}`,
    signed: `+${code}`,
    shorter: code.slice(1),
    decimal: `${code}.0`,
    empty: '',
  }
  for (const [how, spelled] of Object.entries(others)) {
    assert.equal(totpStep(SECRET, spelled, NOW), undefined, how)
  }
})

test('a code of another secret is none', () => {
  assert.equal(totpStep(newTotpSecret(), totpCode(SECRET, NOW), NOW), undefined)
})

test('a secret has 160 bits, is another one each time, and is read back from what an app is given', () => {
  const secret = newTotpSecret()
  assert.equal(secret.length, 20)
  assert.notDeepEqual(newTotpSecret(), secret)
  assert.equal(totpSecretText(SECRET), 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
  const uri = new URL(totpUri(SECRET, 'Strongroom', 'alice?x=1&secret=A@acme'))
  assert.equal(uri.protocol, 'otpauth:')
  assert.equal(decodeURIComponent(uri.pathname), '/Strongroom:alice?x=1&secret=A@acme')
  assert.deepEqual(Object.fromEntries(uri.searchParams), {
    issuer: 'Strongroom',
    secret: totpSecretText(SECRET),
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  })
})

test('a secret that lies within a larger buffer is taken for itself alone', () => {
  const around = Buffer.concat([Buffer.alloc(8, 1), SECRET, Buffer.alloc(8, 2)])
  assert.equal(totpCode(around.subarray(8, 28), NOW), totpCode(SECRET, NOW))
})
