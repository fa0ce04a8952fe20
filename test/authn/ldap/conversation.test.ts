import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { BindRequest } from 'ldapts'
import { converse } from '#authn/ldap/conversation.ts'
import type { Reply } from '#authn/ldap/conversation.ts'
import { mustBeWhole, sizeOfFirst } from '#authn/ldap/frames.ts'
import { Failure } from '#lib/failure.ts'

/** A stream on which `chunks` come in, and which ends after them. */
function hearing(chunks: readonly Buffer[]): Duplex {
  const left: (Buffer | null)[] = [...chunks, null]
  return new Duplex({
    read() {
      this.push(left.shift() ?? null)
    },
    write(_chunk, _encoding, done) {
      done()
    },
  })
}

const ask = (chunks: readonly Buffer[], maxBytes: number = 1 << 20): Promise<Reply> =>
  converse(hearing(chunks), maxBytes).ask(
    new BindRequest({ messageId: 2, dn: 'cn=x', password: 'y' }),
  )

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

const BOUND = hex('300c 020102 6107 0a0100 0400 0400')

/** The entry `cn=a`, which has the attribute `b` with the value `c`. */
const ENTRY = hex('3017 020102 6412 0404 636e3d61 300a 3008 0401 62 3103 0401 63')

test('an answer is understood however it is cut into pieces', async () => {
  const whole = Buffer.concat([ENTRY, BOUND])
  for (const chunks of [[whole], [ENTRY, BOUND], Array.from(whole, (byte) => Buffer.of(byte))]) {
    const { code, entries } = await ask(chunks)
    assert.deepEqual([code, entries.map(({ name }) => name)], [0, ['cn=a']])
  }
})

test('tens of thousands of small messages at once are taken one by one', async () => {
  const reference = hex('300a 020102 7305 0403 782f79')
  const { code } = await ask([
    Buffer.concat([...Array.from({ length: 50_000 }, () => reference), BOUND]),
  ])
  assert.equal(code, 0)
})

test('what is no answer to the question is refused', async () => {
  const cases: readonly (readonly [Buffer, RegExp])[] = [
    [hex('300c 020103 6107 0a0100 0400 0400'), /not asked/],
    [hex('300c 020100 7807 0a0134 0400 0400'), /ends the conversation \(52\)/],
    [Buffer.from('HTTP/1.1 200 OK'), /not LDAP/],
    [hex('3003 020102'), /not LDAP/],
    [hex('300c 020102 6207 0a0100 0400 0400'), /not LDAP/],
    [hex('3080 0000'), /lengths/],
    [hex('3084 ffffffff'), /announces/],
    [hex('3005 0201 0261 7f'), /hold together/],
    [BOUND.subarray(0, 8), /hangs up/],
  ]
  for (const [bytes, message] of cases) {
    await assert.rejects(ask([bytes]), { code: 'unreachable', message }, bytes.toString('hex'))
  }
})

test('no more is read than may be', async () => {
  await assert.rejects(ask([Buffer.concat([ENTRY, BOUND])], 30), { message: /more than 30 bytes/ })
})

test('a message in which an element is longer than what holds it is refused before the library reads it', () => {
  // The library reads the attributes of this entry for ever.
  assert.throws(() => mustBeWhole(hex('300f 020102 640a 0404 636e3d61 307f')), /hold together/)
  assert.throws(
    () =>
      mustBeWhole(
        Buffer.concat(Array.from({ length: 14 }, (_, n) => Buffer.of(0x30, 2 * (13 - n)))),
      ),
    /deeply/,
  )
})

test('an answer with any byte changed is understood or refused, and never keeps anybody waiting', async () => {
  const whole = Buffer.concat([ENTRY, BOUND])
  let refused = 0
  for (let at = 0; at < whole.length; at += 1) {
    for (const value of [0x00, 0x01, 0x1f, 0x30, 0x7f, 0x80, 0x84, 0xff]) {
      const changed = Buffer.from(whole)
      changed[at] = value
      try {
        await ask([changed])
      } catch (error) {
        assert.ok(error instanceof Failure && error.code === 'unreachable', String(error))
        refused += 1
      }
    }
  }
  assert.ok(refused > 100, String(refused))
  assert.equal(sizeOfFirst(whole), ENTRY.length)
})
