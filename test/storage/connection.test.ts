import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionOf, tlsWarning } from '#storage/postgres/connection.ts'

const URL_BASE = 'postgres://us%20er:p%40ss@db.example:6432/vault'

test('a URL names user, password, host, port and database, percent-encoded where need be', () => {
  const { user, password, host, port, database } = connectionOf(`${URL_BASE}?sslmode=disable`)
  assert.deepEqual(
    [user, password, host, port, database],
    ['us er', 'p@ss', 'db.example', 6432, 'vault'],
  )
})

test('TLS is on and verified unless the URL says otherwise', () => {
  assert.deepEqual(connectionOf(URL_BASE).ssl, {})
  assert.deepEqual(connectionOf(`${URL_BASE}?sslmode=verify-full`).ssl, {})
  assert.equal(connectionOf(`${URL_BASE}?sslmode=disable`).ssl, false)
})

test('verify-ca trusts any name but no other issuer', () => {
  const { ssl } = connectionOf(`${URL_BASE}?sslmode=verify-ca`)
  assert.ok(typeof ssl === 'object' && ssl.checkServerIdentity !== undefined)
  assert.equal(ssl.rejectUnauthorized, undefined)
})

test('sslmode=require without a root certificate verifies nothing, and says so', () => {
  const url = `${URL_BASE}?sslmode=require`
  assert.deepEqual(connectionOf(url).ssl, { rejectUnauthorized: false })
  assert.match(tlsWarning(url) ?? '', /verify-full/)
  assert.equal(tlsWarning(URL_BASE), undefined)
})

test('a mode that whoever is between may switch off is refused', () => {
  for (const mode of ['prefer', 'allow', 'no-verify', '']) {
    assert.throws(() => connectionOf(`${URL_BASE}?sslmode=${mode}`), { code: 'configuration' })
  }
})

test('a parameter that we would not obey is refused', () => {
  assert.throws(() => connectionOf(`${URL_BASE}?channel_binding=require`), {
    code: 'configuration',
  })
})

test('a URL that cannot be read is refused without repeating it', () => {
  for (const url of [
    'mysql://u:canary@h/d',
    'canary',
    'postgres://u:canary@h:port/d',
    'postgres://u:canary%@h/d',
  ]) {
    assert.throws(
      () => connectionOf(url),
      (error: Error) => !JSON.stringify([error.message, error.stack]).includes('canary'),
    )
  }
})

test('a Unix socket needs no TLS', () => {
  assert.equal(connectionOf('postgres://u@/vault?host=/run/postgresql').ssl, false)
  assert.equal(connectionOf({ host: '/run/x', user: 'u', database: 'd' }).ssl, false)
})
