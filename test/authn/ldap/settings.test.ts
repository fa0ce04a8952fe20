import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings } from '#authn/ldap/settings.ts'
import type { LdapSettings, UsualDirectory } from '#authn/ldap/settings.ts'

const NONE: UsualDirectory = {
  uri: undefined,
  base: undefined,
  bindDn: undefined,
  bindPassword: undefined,
  filter: undefined,
}

const USUAL: UsualDirectory = {
  uri: 'ldaps://usual.example',
  base: 'dc=usual',
  bindDn: 'cn=usual',
  bindPassword: 'c4n4ry',
  filter: '(mail=%s)',
}

const read = (
  declared: Readonly<Record<string, string>>,
  usual: UsualDirectory = NONE,
): LdapSettings =>
  readSettings(
    new Map(
      Object.entries(declared).map(([name, value]) => [
        /^(?:bind-password|tls-)/.test(name) ? name : `ldap-authn/${name}`,
        value,
      ]),
    ),
    usual,
  )

const BASE = { base_dn: 'dc=x' }

test('where a directory is, and how it is protected, follows from the annotations', () => {
  const places = [
    [{ uri: 'ldaps://d.example' }, ['d.example', 636, 'ssl']],
    [{ uri: 'ldaps://d.example:1636', connect_type: 'ssl' }, ['d.example', 1636, 'ssl']],
    [{ uri: 'ldap://d.example' }, ['d.example', 389, 'start_tls']],
    [{ uri: 'ldap://d.example', connect_type: 'tls' }, ['d.example', 389, 'start_tls']],
    [{ uri: 'ldap://d.example', connect_type: 'ssl' }, ['d.example', 636, 'ssl']],
    [{ uri: 'ldap://d.example', connect_type: 'plain' }, ['d.example', 389, 'plain']],
    [{ uri: 'ldap://localhost' }, ['localhost', 389, 'plain']],
    [{ uri: 'ldap://127.0.0.1:10389' }, ['127.0.0.1', 10_389, 'plain']],
    [{ uri: 'ldap://[::1]' }, ['[::1]', 389, 'plain']],
    [{ uri: 'ldap://127.0.0.1.example' }, ['127.0.0.1.example', 389, 'start_tls']],
    [{ host: 'd.example' }, ['d.example', 389, 'start_tls']],
    [
      { host: 'd.example', port: '1389', connect_type: 'start_tls' },
      ['d.example', 1389, 'start_tls'],
    ],
    [{ uri: 'ldaps://a.example:99', host: 'b.example', port: '98' }, ['b.example', 98, 'ssl']],
  ] as const
  for (const [declared, expected] of places) {
    const { host, port, protection } = read({ ...BASE, ...declared }).place
    assert.deepEqual([host, port, protection], expected)
  }
})

test('settings that lack something or do not fit together are refused, by name', () => {
  const here = { uri: 'ldaps://d.example', ...BASE }
  const cases = [
    [{}, /CONJ00036E.*uri/],
    [{ uri: 'ldaps://d.example' }, /CONJ00036E.*base_dn/],
    [{ ...here, bind_dn: 'cn=x' }, /CONJ00036E.*bind-password/],
    [{ ...here, 'bind-password': 'c4n4ry' }, /CONJ00036E.*bind_dn/],
    [{ ...here, uri: 'https://d.example' }, /CONJ00037E.*uri/],
    [{ ...here, uri: 'ldap:///dc=x' }, /CONJ00037E.*uri/],
    [{ ...here, uri: 'd.example' }, /CONJ00037E.*uri/],
    [{ ...here, port: '0' }, /CONJ00037E.*port/],
    [{ ...here, port: 'x' }, /CONJ00037E.*port/],
    [{ ...here, connect_type: 'none' }, /CONJ00037E.*connect_type/],
    [{ ...here, connect_type: 'constructor' }, /CONJ00037E.*connect_type/],
    [{ ...here, connect_type: 'plain' }, /CONJ00037E.*contradicts/],
    [{ ...here, filter_template: '(uid=x)' }, /CONJ00037E.*filter/],
  ] as const
  for (const [declared, message] of cases) {
    assert.throws(() => read(declared), { code: 'unauthorized', message }, JSON.stringify(declared))
  }
})

test('the directory of the server counts whole, and only for instances that set nothing at all', () => {
  const usual = read({}, USUAL)
  assert.deepEqual(
    [usual.place.host, usual.base, usual.searcher, usual.filter.of('a')],
    ['usual.example', 'dc=usual', { dn: 'cn=usual', password: 'c4n4ry' }, '(mail=a)'],
  )
  const own = read({ uri: 'ldaps://mine.example', ...BASE }, USUAL)
  assert.deepEqual([own.place.host, own.searcher], ['mine.example', undefined])
  for (const one of [
    { uri: 'ldaps://mine.example' },
    { connect_type: 'plain' },
    { base_dn: 'dc=x' },
  ]) {
    assert.throws(() => read(one, USUAL), { message: /CONJ00036E/ })
  }
})

test('`tls-ca-cert` counts before its other name', () => {
  const here = { uri: 'ldaps://d.example', ...BASE }
  assert.equal(read({ ...here, 'tls-cert': 'a' }).place.caPem, 'a')
  assert.equal(read({ ...here, 'tls-cert': 'a', 'tls-ca-cert': 'b' }).place.caPem, 'b')
})
