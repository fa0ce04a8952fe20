import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EqualityFilter, FilterParser } from 'ldapts'
import type { DirectoryEntry } from '#app/directory.ts'
import { userFilter } from '#authn/ldap/filter.ts'

const entry = (attributes: Readonly<Record<string, readonly string[]>>): DirectoryEntry => ({
  dn: 'cn=x',
  attributes: new Map(Object.entries(attributes)),
})

test('`template-metachar`: whatever a login holds, the filter compares with it and means nothing else', () => {
  const filter = userFilter('(uid=%s)')
  const logins = [
    '*',
    'a*',
    ')(uid=*',
    '(',
    ')',
    '\\',
    '\\2a',
    '\0',
    'a,b',
    'a+b',
    '$&',
    '$`',
    '%s',
    'ü',
    '🔑',
    ' ',
  ]
  for (const login of logins) {
    const parsed = FilterParser.parseString(filter.of(login))
    assert.ok(parsed instanceof EqualityFilter, login)
    assert.deepEqual([parsed.attribute, parsed.value], ['uid', login])
  }
  assert.equal(filter.of('a*(b)\\\0'), String.raw`(uid=a\2a\28b\29\5c\00)`)
})

test('every place for the login in a template is filled', () => {
  const filter = userFilter('(&(objectClass=person)(|(uid=%s)(MAIL=%s@example.org)))')
  assert.equal(filter.of('a'), '(&(objectClass=person)(|(uid=a)(MAIL=a@example.org)))')
  assert.deepEqual(filter.attributes, ['uid', 'mail'])
})

test('`aliases`: only who spells the name exactly as it was given is the one', () => {
  const filter = userFilter('(|(uid=%s)(mail=%s@example.org))')
  assert.ok(filter.spells(entry({ uid: ['alice', 'al'] }), 'al'))
  assert.ok(filter.spells(entry({ uid: ['x'], mail: ['al@example.org'] }), 'al'))
  for (const login of [
    'Alice',
    'ALICE',
    'alice ',
    ' alice',
    'a lice',
    'alic\u0065\u0301',
    'ａlice',
    'alice\u200b',
    '',
  ]) {
    assert.ok(!filter.spells(entry({ uid: ['alice'], mail: ['alice@example.com'] }), login), login)
  }
})

test('a template that is no filter, or does not compare an attribute with the login, is refused', () => {
  const wrong = [
    '',
    'uid',
    '(uid=%s',
    '(uid=alice)',
    '(%s=alice)',
    '(!(uid=%s))',
    '(uid=*%s*)',
    '(uid>=%s)',
    '(uid:%s:=a)',
    ')(',
  ]
  for (const template of wrong) {
    assert.throws(
      () => userFilter(template),
      { code: 'unauthorized', message: /CONJ00037E/ },
      template,
    )
  }
})
