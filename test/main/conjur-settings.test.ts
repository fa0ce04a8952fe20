import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONJUR_KEYS, conjurVariable } from '../../src/main/server/conjur-variables.ts'
import { SETTINGS } from '../../src/main/server/setting-table.ts'
import { readSettings } from '../../src/main/server/settings.ts'

/** Every variable and every key of reference/conjur-api.md 7.6. */
const CONJUR_ENVIRONMENT = `
  TRUSTED_PROXIES DATABASE_URL PORT BIND_ADDRESS SECRETS_VERSION_LIMIT
  POLICIES_VERSION_LIMIT RAILS_MAX_THREADS WEB_CONCURRENCY AUDIT_DATABASE_URL
  DATABASE_CONNECTIONS_PER_THREAD MAX_REQUESTS_PER_CONNECTION OPENSSL_FIPS_ENABLED
  SSL_CERT_DIRECTORY KUBE_EXEC_COMMAND_TIMEOUT LDAP_URI LDAP_BASE LDAP_BINDDN
  LDAP_BINDPW LDAP_FILTER http_proxy https_proxy no_proxy
  RAILS_LOG_LEVEL CONJUR_DATA_KEY CONJUR_ACCOUNT CONJUR_LOG_LEVEL CONJUR_ADMIN_PASSWORD
  CONJUR_PASSWORD_ALICE CONJUR_USERS_IN_ROOT_POLICY_ONLY CONJUR_AUTHN_LOCAL_SOCKET
  CONJUR_METRICS_DIR CONJUR_FEATURE_DYNAMIC_SECRETS_ENABLED
  CONJUR_FEATURE_POLICY_LOAD_EXTENSIONS_ENABLED CONJUR_FEATURE_ROLES_API_EXTENSIONS_ENABLED
`
  .trim()
  .split(/\s+/)

const CONJUR_YML_KEYS = `
  trusted_proxies api_resource_list_limit_max user_authorization_token_ttl
  host_authorization_token_ttl authn_api_key_default authenticators extensions
  telemetry_enabled effective_policy_max_depth effective_policy_max_limit
  authn_jwt_ignore_missing_issuer_claim dynamic_secrets_per_request_max
  host_factories_enabled
`
  .trim()
  .split(/\s+/)

const isSetting = (variable: string): boolean =>
  Object.values(SETTINGS).some(({ aliases = [] }) => aliases.includes(variable))

for (const variable of [
  ...CONJUR_ENVIRONMENT,
  ...CONJUR_YML_KEYS.map((key) => `CONJUR_${key.toUpperCase()}`),
]) {
  test(`${variable} of a Conjur server is a setting, or has its fate in the documentation`, () => {
    assert.notEqual(isSetting(variable), conjurVariable(variable) !== undefined)
  })
}

for (const key of CONJUR_YML_KEYS) {
  test(`${key} in conjur.yml is a setting, or has its fate in the documentation`, () => {
    const known = Object.values(SETTINGS).filter(({ conjurKey }) => conjurKey === key)
    assert.equal(known.length, key in CONJUR_KEYS ? 0 : 1)
  })
}

test('a variable of Conjur without a prefix that has no effect is named in the log, one of a command is not', () => {
  const { ignored } = readSettings([], {
    WEB_CONCURRENCY: '2',
    KUBE_EXEC_COMMAND_TIMEOUT: '5',
    CONJUR_ADMIN_PASSWORD: 'x',
    CONJUR_PASSWORD_ALICE: 'x',
    SSL_CERT_DIRECTORY: ' ',
  })
  assert.deepEqual(ignored, ['WEB_CONCURRENCY', 'KUBE_EXEC_COMMAND_TIMEOUT'])
})

test('the directory of a Conjur server is understood, and its password never stands on a command line', () => {
  const { usualDirectory, ignored } = readSettings([], {
    LDAP_URI: 'ldaps://ldap.example',
    LDAP_BASE: 'dc=x',
    LDAP_BINDDN: 'cn=reader',
    LDAP_BINDPW: 'secret',
    LDAP_FILTER: '(uid=%s)',
  })
  assert.deepEqual(Object.values(usualDirectory), [
    'ldaps://ldap.example',
    'dc=x',
    'cn=reader',
    'secret',
    '(uid=%s)',
  ])
  assert.deepEqual(ignored, [])
  const refused = { code: 'configuration' }
  assert.throws(() => readSettings(['--ldap-bind-password', 'secret'], {}), refused)
  assert.throws(() => readSettings([], { LDAP_URI: 'https://ldap.example' }), refused)
})
