import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readNewInstance } from '#http/authenticator-body.ts'
import { objectIn } from '#http/json-object.ts'

const read = (body: Readonly<Record<string, unknown>>): ReturnType<typeof readNewInstance> =>
  readNewInstance('acme', objectIn(body) ?? assert.fail())

const refuses = (body: Readonly<Record<string, unknown>>, message: string): void =>
  assert.throws(() => read(body), { name: 'Failure', code: 'unprocessable_entity', message })

const JWT = { type: 'jwt', name: 'ci' }
const URI = { jwks_uri: 'https://ci.example/keys' }

const jwt = (data: unknown): Readonly<Record<string, unknown>> => ({ ...JWT, data })
const identity = (inner: unknown): Readonly<Record<string, unknown>> =>
  jwt({ ...URI, identity: inner })

test('data becomes the values of variables', () => {
  const { values, enabled, place } = read(
    jwt({
      public_keys: { type: 'jwks', value: { keys: [] } },
      issuer: 'https://ci.example',
      audience: 'strongroom',
      identity: {
        token_app_property: 'a/b',
        identity_path: 'jobs',
        enforced_claims: ['ref', 'c/d'],
        claim_aliases: { branch: 'ref', x: 'y/z' },
      },
    }),
  )
  assert.deepEqual(Object.fromEntries(values), {
    'public-keys': '{"type":"jwks","value":{"keys":[]}}',
    issuer: 'https://ci.example',
    audience: 'strongroom',
    'token-app-property': 'a/b',
    'identity-path': 'jobs',
    'enforced-claims': 'ref,c/d',
    'claim-aliases': 'branch:ref,x:y/z',
  })
  assert.deepEqual([enabled, place.name, place.account], [true, 'ci', 'acme'])
})

test('what every authenticator has is refused with the words of the family', () => {
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
    [{ name: 'ci' }, 'CONJ00190W Missing required parameter: type'],
    [{ type: 'jwt', data: URI }, 'CONJ00190W Missing required parameter: name'],
    [{ type: 'foo', name: 'ci' }, "'foo' authenticators are not supported."],
    [{ type: 'jwt', name: 123 }, "CONJ00192W The 'name' parameter must be of 'type=string'"],
    [
      { type: 'jwt', name: 'a/b' },
      "Invalid 'name' parameter. Valid characters: letters, numbers, and these special characters are allowed: . _ : -. Other characters are not allowed.",
    ],
    [
      { type: 'jwt', name: 'n'.repeat(61) },
      "'name' parameter length exceeded. Limit the length to 60 characters",
    ],
    [
      { ...jwt(URI), enabled: 'test' },
      "CONJ00192W The 'enabled' parameter must be of 'type=true, false'",
    ],
    [{ ...jwt(URI), owner: 'x' }, "CONJ00192W The 'owner' parameter must be of 'type=object'"],
    [{ ...jwt(URI), owner: { kind: 'group' } }, 'CONJ00190W Missing required parameter: id'],
    [{ ...jwt(URI), owner: { id: 'test' } }, 'CONJ00190W Missing required parameter: kind'],
    [
      { ...jwt(URI), owner: { kind: 'policy', id: 'test' } },
      'CONJ00191W The value in the Resource \'test\' kind parameter is not valid. Error: Allowed values are ["user", "host", "group"]',
    ],
    [
      { ...jwt(URI), owner: { kind: 'group', id: 'test!123' } },
      "Invalid 'id' parameter. Valid characters: letters, numbers, and these special characters are allowed: @ . _ / -. Other characters are not allowed.",
    ],
    [
      { ...jwt(URI), owner: { kind: 'group', id: 'g', extra: 1 } },
      'The following parameters were not expected: extra',
    ],
    [
      { ...jwt(URI), annotations: 'x' },
      "CONJ00192W The 'annotations' parameter must be of 'type=object'",
    ],
    [
      { ...jwt(URI), annotations: { 'test@1': 'v' } },
      "Invalid 'annotation name' parameter. Valid characters: letters, numbers, and these special characters are allowed: _ / -. Other characters are not allowed.",
    ],
    [
      { ...jwt(URI), annotations: { test: 'v<' } },
      "Invalid 'annotation value' parameter. All characters except less than (<), greater than (>), and single quote (') are allowed.",
    ],
    [
      { ...jwt(URI), annotations: { test: 1 } },
      "CONJ00192W The 'annotation value' parameter must be of 'type=string'",
    ],
    [
      { ...jwt(URI), annotations: { test: '' } },
      'CONJ00190W Missing required parameter: annotation value',
    ],
    [{ ...jwt(URI), extra: 1 }, 'The following parameters were not expected: extra'],
  ]
  for (const [body, message] of cases) refuses(body, message)
})

test('the data of authn-jwt must fit together', () => {
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
    [
      JWT,
      "The 'data' object must be specified for jwt authenticators and it must be a non-empty JSON object.",
    ],
    [
      jwt({}),
      "The 'data' object must be specified for jwt authenticators and it must be a non-empty JSON object.",
    ],
    [jwt({ ...URI, extra: 1 }), 'The following parameters were not expected: extra'],
    [jwt({ ca_cert: 1 }), "CONJ00192W The 'ca_cert' parameter must be of 'type=string'"],
    [jwt({ public_keys: 1 }), "CONJ00192W The 'public_keys' parameter must be of 'type=object'"],
    [
      jwt({ audience: 'aud' }),
      "In the 'data' object, either a 'jwks_uri' or 'public_keys' field must be specified.",
    ],
    [
      jwt({ ...URI, public_keys: { a: 1 } }),
      "In the 'data' object, you cannot specify jwks_uri and public_keys fields.",
    ],
    [
      jwt({ public_keys: { a: 1 } }),
      "In the 'data' object, when the 'public_keys' field is specified, the 'issuer' field must also be specified.",
    ],
    [
      jwt({ ...URI, audience: 'a'.repeat(1001) }),
      "'audience' parameter length exceeded. Limit the length to 1000 characters",
    ],
    [
      identity({ identity_path: 'path' }),
      "In the identity object, when the 'identity_path' field is specified, the 'token_app_property' field must also be specified.",
    ],
    [
      identity({ claim_aliases: 'bad' }),
      "CONJ00192W The 'claim_aliases' parameter must be of 'type=object'",
    ],
    [
      identity({ enforced_claims: 'bad' }),
      "CONJ00192W The 'enforced_claims' parameter must be of 'type=array'",
    ],
    [
      identity({ enforced_claims: [1] }),
      "Invalid 'enforced_claims' parameter. Must be an array of strings.",
    ],
    [
      identity({ claim_aliases: { iss: 'x' } }),
      "Invalid target alias 'iss' in 'claim_aliases'. Cannot use reserved claims: iss, exp, nbf, iat, aud, jti.",
    ],
    [
      identity({ claim_aliases: { 'test!': 'x' } }),
      "Invalid target alias 'test!' in 'claim_aliases'. Must be an alphanumeric string with underscores or dashes.",
    ],
    [identity({ other: 1 }), 'The following parameters were not expected: other'],
  ]
  for (const [body, message] of cases) refuses(body, message)
})

test('`template-metachar`: an item cannot smuggle further items into a variable that is a list', () => {
  for (const claim of ['a,b', 'a:b', 'a b', '', 'a\nb']) {
    assert.throws(() => read(identity({ enforced_claims: [claim] })), /Invalid claim/)
    assert.throws(() => read(identity({ claim_aliases: { alias: claim } })), /Invalid source claim/)
    assert.throws(() => read(identity({ claim_aliases: { [claim]: 'claim' } })), /target alias/)
  }
})

test('`json-dos`: an object that is kept as it is may not be deep', () => {
  let deep: unknown = {}
  for (let depth = 0; depth < 5_000; depth += 1) deep = { deep }
  refuses(jwt({ public_keys: deep, issuer: 'x' }), "'public_keys' parameter is nested too deeply")
})

test('`template`: names that mean something to the language are names', () => {
  const body: unknown = JSON.parse(
    '{"type":"jwt","name":"ci","data":{"jwks_uri":"x","__proto__":{"issuer":"evil"}}}',
  )
  assert.throws(() => readNewInstance('acme', objectIn(body) ?? assert.fail()), {
    message: 'The following parameters were not expected: __proto__',
  })
})

test('other types have rules of their own', () => {
  const either =
    'The data object must contain either ["id_token_user_property"] or ["client_id", "client_secret", "redirect_uri", "claim_mapping"] keys.'
  const oidc = (data: unknown): Readonly<Record<string, unknown>> => ({
    type: 'oidc',
    name: 'x',
    data,
  })
  const provider = { provider_uri: 'https://idp.example' }
  refuses(
    oidc({ id_token_user_property: 'p' }),
    'CONJ00190W Missing required parameter: provider_uri',
  )
  refuses(oidc(provider), either)
  refuses(oidc({ ...provider, id_token_user_property: 'p', client_id: 'c' }), either)
  refuses(oidc({ ...provider, client_id: 'c' }), either)
  refuses(
    { type: 'ldap', name: 'x', data: { tls_ca_cert: 'c' } },
    "CONJ00190W Missing required parameter: The 'bind_password' field must be specified when the 'tls_ca_cert' field is provided.",
  )
  assert.equal(read({ type: 'ldap', name: 'x' }).values.size, 0)
  refuses(
    { type: 'gcp', name: 'default', data: { a: 1 } },
    "The 'data' object cannot be specified for gcp authenticators.",
  )
  for (const data of [undefined, {}])
    assert.equal(read({ type: 'aws', name: 'x', data }).values.size, 0)
  assert.deepEqual(
    read({ type: 'aws', name: 'x', data: { regions: ['us-east-1', 'global'], single_use: 'true' } })
      .values,
    new Map([
      ['regions', 'us-east-1,global'],
      ['single-use', 'true'],
    ]),
  )
  refuses(
    { type: 'aws', name: 'x', data: { region: 'us-east-1' } },
    'The following parameters were not expected: region',
  )
  refuses(
    { type: 'k8s', name: 'x', data: { 'ca/cert': 'c' } },
    'CONJ00190W Missing required parameter: ca/key',
  )
  assert.throws(() => read({ type: 'gcp', name: 'other' }), {
    code: 'not_found',
    message: "Webservice 'conjur/gcp/other' not found in account 'acme'",
  })
})
