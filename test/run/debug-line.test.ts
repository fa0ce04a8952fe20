import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutOwn } from '#run/child-environment.ts'
import { debugLine } from '#run/debug-line.ts'

test('a line for debugging has the form of Summon, and quotes what is no plain word', () => {
  assert.equal(
    debugLine(new Date(0), 'Fetching secrets', {
      count: 2,
      provider: '/my providers/x',
      name: 'A=B',
    }),
    'time=1970-01-01T00:00:00.000Z level=DEBUG msg="Fetching secrets" count=2 provider="/my providers/x" name="A=B"\n',
  )
})

test('`argv/env`: the pristine environment has neither our login nor our settings, and all the rest', () => {
  const environment = {
    PATH: '/bin',
    CONJUR_AUTHN_API_KEY: 'c4n4ry',
    CONJUR_AUTHN_LOGIN: 'admin',
    CONJUR_AUTHN_TOKEN_FILE: '/t',
    CONJURRC: '/rc',
    STRONGROOM_AUTHN_IAM_SERVER_ID: 'vault',
    JWT_TOKEN_PATH: '/jwt',
    STRONGROOM_MFA_CODE: '123456',
    MY_CONJUR_AUTHN_API_KEY: 'theirs',
  }
  assert.deepEqual(withoutOwn(environment), { PATH: '/bin', MY_CONJUR_AUTHN_API_KEY: 'theirs' })
})
