import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formOf, openMatrixWorld } from './matrix-world.ts'
import type { MatrixWorld } from './matrix-world.ts'

/** Who asks what, and the form of the answer; `{name}` is a word of the world. */
type Row = readonly [who: string, asked: string, form: string, more?: More]

interface More {
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

const text = (body: string): More => ({ body })
const json = (body: string): More => ({ body, headers: { 'Content-Type': 'application/json' } })

const FACTORY = 'host_factory=acme:host_factory:factory'
const LATER = 'expiration=2050-01-01T00:00:00Z'

/**
 * Appendix A of reference/conjur-api.md, without the rows of issuers and of authenticators other than `authn` and `authn-jwt`. Where
 * docs/compatibility.md says that we answer otherwise, the row says what we answer.
 */
const MATRIX: Readonly<Record<string, readonly Row[]>> = {
  login: [
    ['alice by key', 'GET /authn/acme/login', '200 text/plain'],
    ['alice by guess', 'GET /authn/acme/login', '401'],
    ['ghost by guess', 'GET /authn/acme/login', '401'],
    ['alice by key', 'GET /authn/nowhere/login', '401'],
    ['nobody', 'GET /authn/acme/login', '401'],
    ['alice', 'GET /authn/acme/login', '401'],
  ],
  'authenticate (authn)': [
    ['nobody', 'POST /authn/acme/alice/authenticate', '200 json', text('{key}')],
    ['nobody', 'POST /authn/acme/user%2Falice/authenticate', '200 json', text('{key}')],
    [
      'nobody',
      'POST /authn/acme/alice/authenticate',
      '200 text/plain',
      { body: '{key}', headers: { 'Accept-Encoding': 'gzip, Base64' } },
    ],
    ['nobody', 'POST /authn/acme/alice/authenticate', '401', text('guess')],
    ['nobody', 'POST /authn/acme/alice/authenticate', '401', text('')],
    ['nobody', 'POST /authn/acme/ghost/authenticate', '401', text('{key}')],
    ['nobody', 'POST /authn/acme/group%2Fops/authenticate', '401', text('{key}')],
    ['nobody', 'POST /authn/nowhere/alice/authenticate', '401', text('{key}')],
    ['admin', 'POST /authn/acme/alice/x/authenticate', '404 not_found', text('{key}')],
  ],
  'authenticate (jwt)': [
    ['nobody', 'POST /authn-jwt/ci/acme/authenticate', '200 json', text('jwt={jwt}')],
    ['nobody', 'POST /authn-jwt/ci/acme/authenticate', '400', text('')],
    ['nobody', 'POST /authn-jwt/ci/acme/authenticate', '401', text('jwt=x')],
    ['nobody', 'POST /authn-jwt/ci/acme/authenticate', '401', text('jwt={foreign}')],
    ['nobody', 'POST /authn-jwt/none/acme/authenticate', '401', text('jwt={jwt}')],
    ['nobody', 'POST /authn-jwt/ci/acme/host%2Fjob/authenticate', '401', text('jwt={jwt}')],
    ['nobody', 'POST /authn-jwt/ci/acme/authenticate', '401 unauthorized', text('jwt={expired}')],
    ['nobody', 'POST /authn-jwt/ci/acme/authenticate', '403', text('jwt={outsider}')],
  ],
  'authenticator status': [
    ['admin', 'GET /authn-jwt/ci/acme/status', '200 json'],
    ['nobody', 'GET /authn-jwt/ci/acme/status', '401 text/plain'],
    ['viewer', 'GET /authn-jwt/ci/acme/status', '403 json'],
    ['admin', 'GET /authn-nothing/ci/acme/status', '404 json'],
    ['admin', 'GET /authn-jwt/none/acme/status', '404 json'],
    ['admin', 'GET /authn/acme/status', '501 json'],
    ['admin', 'GET /authn-jwt/bare/acme/status', '500 json'],
  ],
  'enable/disable': [
    ['admin', 'PATCH /authn-jwt/ci/acme', '204', text('enabled=true')],
    ['admin', 'PATCH /authn-jwt/ci/acme', '204', json('{"enabled":true}')],
    ['admin', 'PATCH /authn-jwt/ci/acme', '400', json('{"enabled"')],
    ['admin', 'PATCH /authn-jwt/none/acme', '401', text('enabled=true')],
    ['admin', 'PATCH /authn-jwt/ci/nowhere', '401', text('enabled=true')],
    ['nobody', 'PATCH /authn-jwt/ci/acme', '401 text/plain', text('enabled=true')],
    ['viewer', 'PATCH /authn-jwt/ci/acme', '403', text('enabled=true')],
    ['admin', 'PATCH /authn-jwt/ci/acme', '422 parameter_missing'],
  ],
  'rotate key': [
    ['editor', 'PUT /authn/acme/api_key?role=host:app', '200 text/plain'],
    ['editor', 'PUT /authn/acme/api_key?role=acme:host:app', '200 text/plain'],
    ['admin', 'PUT /authn/acme/api_key', '401 unauthorized'],
    ['alice by key', 'PUT /authn/acme/api_key?role=host:app', '401'],
    ['alice by guess', 'PUT /authn/acme/api_key', '401'],
    ['nobody', 'PUT /authn/acme/api_key', '401 text/plain'],
    ['viewer', 'PUT /authn/acme/api_key?role=host:app', '403'],
    ['viewer', 'PUT /authn/acme/api_key?role=group:ops', '403'],
    ['stranger', 'PUT /authn/acme/api_key?role=host:app', '404 not_found'],
    ['admin', 'PUT /authn/acme/api_key?role=user:ghost', '404 not_found'],
    ['editor', 'PUT /authn/acme/api_key?role=group:ops', '405 method_not_allowed'],
    ['editor', 'PUT /authn/acme/api_key?role=x', '422 argument_error'],
  ],
  password: [
    ['alice by key', 'PUT /authn/acme/password', '204', text('Correct-Horse-4-Staples')],
    ['nobody', 'PUT /authn/acme/password', '401 text/plain', text('Correct-Horse-4-Staples')],
    ['admin', 'PUT /authn/acme/password', '401 unauthorized', text('Correct-Horse-4-Staples')],
    ['alice by guess', 'PUT /authn/acme/password', '401', text('Correct-Horse-4-Staples')],
    ['alice by key', 'PUT /authn/acme/password?role=user:viewer', '401', text('x')],
    ['alice by key', 'PUT /authn/acme/password', '422 validation_failed', text('weak')],
  ],
  'password of a host': [['app by key', 'PUT /authn/acme/password', '403', text('x')]],
  'policy POST/PATCH': [
    ['editor', 'POST /policies/acme/policy/shop', '201 json', text('- !variable new')],
    ['editor', 'PATCH /policies/acme/policy/shop', '201 json', text('- !variable newer')],
    ['editor', 'POST /policies/acme/policy/shop?dryRun=true', '200 json', text('- !variable x')],
    ['editor', 'POST /policies/acme/policy/shop?dryRun=true', '422 json', text('- !wrong x')],
    ['nobody', 'POST /policies/acme/policy/shop', '401 text/plain', text('- !variable new')],
    ['viewer', 'POST /policies/acme/policy/shop', '403', text('- !variable new')],
    ['viewer', 'PATCH /policies/acme/policy/shop', '403', text('- !variable new')],
    ['stranger', 'POST /policies/acme/policy/shop', '404 not_found', text('- !variable new')],
    ['admin', 'POST /policies/acme/policy/none', '404 not_found', text('- !variable new')],
    ['editor', 'POST /policies/acme/policy/shop', '422 policy_invalid', text('- !wrong x')],
    ['editor', 'POST /policies/acme/policy/shop', '422 policy_invalid', text('- [')],
    [
      'editor',
      'POST /policies/acme/policy/shop',
      '422 policy_invalid',
      text('- !grant { role: !group staff, member: !user ghost }'),
    ],
    ['editor', 'POST /policies/acme/policy/shop', '422 validation_failed', text('')],
  ],
  'policy PUT': [
    ['admin', 'PUT /policies/acme/policy/shop', '201 json', text('- !variable new')],
    ['viewer', 'PUT /policies/acme/policy/shop', '403', text('- !variable new')],
    ['editor', 'PUT /policies/acme/policy/shop', '403', text('- !variable new')],
    ['stranger', 'PUT /policies/acme/policy/shop', '404 not_found', text('- !variable new')],
    ['admin', 'PUT /policies/acme/policy/shop', '422 policy_invalid', text('- !wrong x')],
  ],
  'policy GET': [
    ['admin', 'GET /policies/acme/policy/shop', '200 application/x-yaml'],
    [
      'admin',
      'GET /policies/acme/policy/shop?depth=0;limit=9',
      '200 json',
      { headers: { 'Content-Type': 'application/json' } },
    ],
    ['admin', 'GET /policies/acme/policy/shop?depth=65', '400'],
    ['admin', 'GET /policies/acme/policy/shop?depth=-1', '400'],
    ['admin', 'GET /policies/acme/policy/shop?limit=x', '400'],
    ['admin', 'GET /policies/acme/policy/shop?limit=100001', '400'],
    ['viewer', 'GET /policies/acme/policy/shop', '403'],
    ['stranger', 'GET /policies/acme/policy/shop', '404 not_found'],
    ['admin', 'GET /policies/acme/policy/root?limit=2', '422 unprocessable_entity'],
  ],
  'resource show / HEAD': [
    ['viewer', 'GET /resources/acme/variable/db', '200 json'],
    ['viewer', 'HEAD /resources/acme/variable/db', '200'],
    ['stranger', 'GET /resources/acme/variable/db', '404 not_found'],
    ['stranger', 'HEAD /resources/acme/variable/db', '404'],
    ['admin', 'HEAD /roles/acme/host/app', '200'],
    ['admin', 'HEAD /roles/acme/host/ghost', '404'],
  ],
  'resource list': [
    ['viewer', 'GET /resources', '200 json'],
    ['viewer', 'GET /resources/acme', '200 json'],
    ['viewer', 'GET /resources/acme/variable?count=true', '200 json'],
    ['viewer', 'GET /resources/acme?role=acme:user:alice', '403'],
    ['viewer', 'GET /resources/acme?acting_as=acme:user:ghost', '403'],
    ['viewer', 'GET /resources/acme?owner=user:ghost', '404 not_found'],
    ['viewer', 'GET /resources/acme/wrong', '404 not_found'],
    ['viewer', 'GET /resources/acme?limit=0', '422 unprocessable_entity'],
    ['viewer', 'GET /resources/acme?limit=1001', '422 unprocessable_entity'],
    ['viewer', 'GET /resources/acme?limit=10000', '200 json'],
    ['viewer', 'GET /resources/acme?offset=-1', '422 unprocessable_entity'],
  ],
  check: [
    ['viewer', 'GET /resources/acme/variable/db?check=true&privilege=read', '204'],
    ['viewer', 'GET /resources/acme/variable/db?check&privilege=read&role=acme:user:alice', '403'],
    ['viewer', 'GET /resources/acme/variable/db?check&privilege=read&role=acme:user:ghost', '403'],
    ['viewer', 'GET /resources/acme/variable/db?check&privilege=execute', '404 not_found'],
    ['stranger', 'GET /resources/acme/variable/db?check&privilege=read', '404 not_found'],
    ['viewer', 'GET /resources/acme/variable/db?check', '422 argument_error'],
  ],
  'members add/remove': [
    ['admin', 'POST /roles/acme/group/ops?members&member=acme:host:app', '204'],
    ['admin', 'POST /roles/acme/group/ops?members&member=host:app', '204'],
    ['admin', 'DELETE /roles/acme/group/ops?members&member=acme:host:app', '204'],
    ['viewer', 'POST /roles/acme/group/ops?members&member=acme:host:app', '403'],
    ['editor', 'DELETE /roles/acme/group/ops?members&member=acme:host:app', '403'],
    ['stranger', 'POST /roles/acme/group/ops?members&member=acme:host:app', '404 not_found'],
    ['admin', 'POST /roles/acme/group/ops?members&member=acme:host:ghost', '404 not_found'],
    ['admin', 'DELETE /roles/acme/group/ops?members&member=acme:host:app', '404 not_found'],
  ],
  'secret set': [
    ['admin', 'POST /secrets/acme/variable/db', '201', text('next')],
    ['admin', 'POST /secrets/acme/variable/db?expirations', '201'],
    ['viewer', 'POST /secrets/acme/variable/db', '403', text('next')],
    ['stranger', 'POST /secrets/acme/variable/db', '404 not_found', text('next')],
    ['admin', 'POST /secrets/acme/variable/none', '404 not_found', text('next')],
    ['admin', 'POST /secrets/acme/variable/db', '422 argument_error', text(' \n')],
    ['admin', 'POST /secrets/acme/host/app?expirations', '422 argument_error'],
  ],
  'secret get': [
    ['admin', 'GET /secrets/acme/variable/db', '200 application/octet-stream'],
    ['admin', 'GET /secrets/acme/variable/db?version=1', '200 application/octet-stream'],
    ['viewer', 'GET /secrets/acme/variable/db', '403'],
    ['stranger', 'GET /secrets/acme/variable/db', '404 not_found'],
    ['admin', 'GET /secrets/acme/variable/empty', '404 not_found'],
    ['admin', 'GET /secrets/acme/variable/db?version=7', '404 not_found'],
    ['admin', 'GET /secrets/acme/variable/db?version=x', '422 unprocessable_entity'],
  ],
  'secret batch': [
    ['admin', 'GET /secrets?variable_ids=acme:variable:db', '200 json'],
    ['viewer', 'GET /secrets?variable_ids=acme:variable:db', '403'],
    ['stranger', 'GET /secrets?variable_ids=acme:variable:db', '404 not_found'],
    ['admin', 'GET /secrets?variable_ids=acme:variable:db,acme:variable:none', '404 not_found'],
    ['admin', 'GET /secrets?variable_ids=acme:variable:db,acme:variable:empty', '404 not_found'],
    ['admin', 'GET /secrets?variable_ids=acme:variable:binary', '406 not_acceptable'],
    [
      'admin',
      'GET /secrets?variable_ids=acme:variable:binary',
      '200 json',
      { headers: { 'Accept-Encoding': 'base64' } },
    ],
    ['admin', 'GET /secrets?variable_ids=', '422 argument_error'],
    ['admin', 'GET /secrets?variable_ids=acme:variable:db,', '422 argument_error'],
    ['admin', 'GET /secrets', '422 argument_error'],
  ],
  'host factory token create': [
    ['admin', `POST /host_factory_tokens?${FACTORY}&${LATER}`, '200 json'],
    ['viewer', `POST /host_factory_tokens?${FACTORY}&${LATER}`, '403'],
    ['stranger', `POST /host_factory_tokens?${FACTORY}&${LATER}`, '404 not_found'],
    ['admin', `POST /host_factory_tokens?${LATER}`, '422 argument_error'],
    ['admin', `POST /host_factory_tokens?${FACTORY}`, '422 argument_error'],
    ['admin', `POST /host_factory_tokens?${FACTORY}&${LATER}&count=0`, '422 argument_error'],
    ['admin', `POST /host_factory_tokens?${FACTORY}&${LATER}&cidr[]=x`, '422 argument_error'],
  ],
  'token revoke': [
    ['viewer', 'DELETE /host_factory_tokens/{spare}', '403'],
    ['stranger', 'DELETE /host_factory_tokens/{spare}', '404 not_found'],
    ['admin', 'DELETE /host_factory_tokens/{spare}', '204'],
    ['admin', 'DELETE /host_factory_tokens/{spare}', '404 not_found'],
  ],
  'host create': [
    ['factory', 'POST /host_factories/hosts', '201 json', text('id=made')],
    ['factory', 'POST /host_factories/hosts', '201 json', json('{"id":"made"}')],
    ['no factory', 'POST /host_factories/hosts', '401', text('id=made')],
    ['bound factory', 'POST /host_factories/hosts', '401', text('id=made')],
    ['nobody', 'POST /host_factories/hosts', '401', text('id=made')],
    ['admin', 'POST /host_factories/hosts', '401', text('id=made')],
    ['factory', 'POST /host_factories/hosts', '403', text('id=app')],
    ['factory', 'POST /host_factories/hosts', '422 parameter_missing'],
    ['factory', 'POST /host_factories/hosts', '422 argument_error', text('id=conjur/x')],
  ],
  accounts: [
    ['admin', 'POST /accounts', '201 json', text('id=other')],
    ['admin', 'POST /accounts', '409 conflict', json('{"id":"other"}')],
    ['admin', 'GET /accounts', '200 json'],
    ['admin', 'DELETE /accounts/other', '204'],
    ['admin', 'DELETE /accounts/other', '404 not_found'],
    ['admin', 'POST /accounts', '400', json('{"id"')],
    ['viewer', 'POST /accounts', '403', text('id=mine')],
    ['viewer', 'GET /accounts', '403'],
    ['viewer', 'DELETE /accounts/acme', '403'],
    ['admin', 'POST /accounts', '422 argument_error', text('id=a/b')],
    ['admin', 'POST /accounts', '422 argument_error', text('id=test:bad')],
  ],
}

const filled = (world: MatrixWorld, words: string): string =>
  words.replaceAll(/\{(\w+)\}/g, (whole, name: string) => world.words[name] ?? whole)

async function answered(world: MatrixWorld, [who, asked, , more = {}]: Row): Promise<string> {
  const [method = '', path = ''] = filled(world, asked).split(' ')
  const { headers = {}, body } = more
  const question = {
    method,
    path,
    headers,
    ...(body === undefined ? {} : { body: filled(world, body) }),
  }
  return formOf(await world.caller(who).send(question))
}

for (const [operation, rows] of Object.entries(MATRIX)) {
  test(`the answers to ${operation} have the statuses and forms of the reference`, async () => {
    await using world = await openMatrixWorld()
    for (const row of rows) {
      const [who, asked, form] = row
      assert.equal(`${who}: ${asked}: ${await answered(world, row)}`, `${who}: ${asked}: ${form}`)
    }
  })
}
