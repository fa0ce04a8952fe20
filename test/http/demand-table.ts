import assert from 'node:assert/strict'
import { V2_TYPE } from '#http/v2.ts'
import type { Question } from './client.ts'
import { issuerBody } from './issuer-world.ts'

/** A use of a privilege: by which route, which privilege on what, and how a request is answered that may do it. */
export interface Use {
  /** Method and path as the route table has them. */
  readonly route: string
  readonly privilege: string
  /** The kind and name of the resource. */
  readonly on: string
  readonly question: Question
  readonly status: number
  /** Another demand that must stand for the one in question to be met: where one of two privileges is enough. */
  readonly besides?: Pick<Use, 'privilege' | 'on'>
}

/** The world of the table; the administrator owns all of it, and whoever `sees` may do nothing that the server asks for. */
export const POLICY = `
- !user alice
- !user viewer
- !user stranger
- !host app
- !group ops
- !layer web
- !host-factory { id: factory, layers: [!layer web] }
- !variable db
- !webservice strongroom/audit
- !policy { id: shop, body: [!variable db, !group staff, !policy { id: floor, body: [!variable tile] }] }
- !policy conjur/authn-jwt
- !policy { id: conjur/authn-jwt/ci, body: [!webservice, !webservice status, !variable public-keys] }
- !policy { id: conjur/authn-gcp, body: [!webservice, !webservice status] }
- !policy { id: conjur/authn-k8s/prod, body: [!webservice, !variable ca/key, !variable ca/cert] }
- !policy { id: conjur/mill/ca, body: [!webservice] }
- !policy { id: data, body: [!policy dynamic] }
- !permit
  role: !user viewer
  privileges: [see]
  resources:
    - !policy root
    - !policy shop
    - !policy shop/floor
    - !user alice
    - !host app
    - !group ops
    - !group shop/staff
    - !host-factory factory
    - !variable db
    - !webservice conjur/authn-jwt/ci
`

const TOKEN =
  '/host_factory_tokens?host_factory=acme:host_factory:factory&expiration=2050-01-01T00:00:00Z'
const DYNAMIC =
  '[!variable { id: db, annotations: { dynamic/issuer: aws1, dynamic/method: federation-token } }]'
const instance = (name: string): string =>
  JSON.stringify({
    type: 'jwt',
    name,
    enabled: true,
    data: { jwks_uri: 'https://ci.example/keys', issuer: 'https://ci.example' },
  })

/**
 * The privilege, the path of the route, the request, its status and its body: every use of a privilege that there is, in an order in which
 * they can be carried out one after the other. `{spare}` is the token of a host factory.
 */
const TABLE = `
execute variable:db | /secrets/:account/:kind/**:id | GET /secrets/acme/variable/db | 200
execute variable:db | /secrets/:account/:kind/**:id | GET /secrets/acme/variable/db?version=1 | 200
execute variable:db | /secrets | GET /secrets?variable_ids=acme:variable:db | 200
execute variable:db | /secrets/values | POST /secrets/values | 200 | {"variable_ids":["acme:variable:db"]}
update variable:db | /secrets/:account/:kind/**:id | POST /secrets/acme/variable/db | 201 | next
update variable:db | /secrets/:account/:kind/**:id | POST /secrets/acme/variable/db?expirations | 201
update variable:db | /secrets/:account/:kind/**:id | DELETE /secrets/acme/variable/db | 204

create policy:root | /roles/:account/:kind/**:id | POST /roles/acme/group/ops?members&member=host:app | 204
update policy:root | /roles/:account/:kind/**:id | DELETE /roles/acme/group/ops?members&member=host:app | 204
update host:app | /authn/:account/api_key | GET /authn/acme/api_key?role=host:app | 200
update host:app | /authn/:account/api_key | PUT /authn/acme/api_key?role=host:app | 200
update user:alice | /mfa/:account/factors | DELETE /mfa/acme/factors?role=user:alice | 204

read policy:shop | /policies/:account/policy/**:id | GET /policies/acme/policy/shop | 200
create policy:shop | /policies/:account/policy/**:id | POST /policies/acme/policy/shop | 201 | - !variable new
create policy:shop | /policies/:account/policy/**:id | POST /policies/acme/policy/shop?dryRun=true | 200 | - !variable x
update policy:shop | /policies/:account/policy/**:id | PATCH /policies/acme/policy/shop | 201 | - !variable newer
update policy:shop | /policies/:account/policy/**:id | PATCH /policies/acme/policy/shop?dryRun=true | 200 | - !variable x
update variable:shop/db | /policies/:account/policy/**:id | PUT /policies/acme/policy/shop?dryRun=true | 200 | - !variable db
update policy:shop | /policies/:account/policy/**:id | PUT /policies/acme/policy/shop | 201 | [!variable db, !group staff, !policy { id: floor, body: [!variable tile] }]

create policy:shop | /branches/:account | POST /branches/acme | 201 | {"name":"cellar","branch":"shop"}
read policy:shop/cellar | /branches/:account/**:id | GET /branches/acme/shop/cellar | 200
read policy:shop/cellar | /branches/:account/**:id | PATCH /branches/acme/shop/cellar | 200 | {"annotations":{"a":"b"}}
update policy:shop/cellar | /branches/:account/**:id | PATCH /branches/acme/shop/cellar | 200 | {"annotations":{"a":"b"}}
update policy:shop/cellar | /branches/:account/**:id | DELETE /branches/acme/shop/cellar | 204
update variable:shop/floor/tile | /branches/:account/**:id | DELETE /branches/acme/shop/floor | 204
create policy:shop | /groups/:account/**:path | POST /groups/acme/shop/staff/members | 201 | {"id":"app","kind":"host"}
update policy:shop | /groups/:account/**:path | DELETE /groups/acme/shop/staff/members/host/app | 204
create policy:conjur/authn-jwt | /authenticators/:account | POST /authenticators/acme | 201 | ${instance('new')}
update webservice:conjur/authn-jwt/new | /authenticators/:account/:type/:name | PATCH /authenticators/acme/jwt/new | 200 | {"enabled":false}
delete policy:conjur/authn-jwt/new | /authenticators/:account/:type/:name | DELETE /authenticators/acme/jwt/new | 204
create policy:conjur/authn-jwt | /authenticators/:account | POST /authenticators/acme | 201 | ${instance('newer')}
create policy:root | /policies/:account/policy/**:id | POST /policies/acme/policy/root | 201 | - !variable { id: app-key, owner: !group conjur/authn-jwt/newer/apps }
update variable:app-key | /authenticators/:account/:type/:name | DELETE /authenticators/acme/jwt/newer | 204

update webservice:conjur/authn-gcp | /:authenticator/:account | PATCH /authn-gcp/acme | 204 | enabled=true
update webservice:conjur/authn-jwt/ci | /:authenticator/:service/:account | PATCH /authn-jwt/ci/acme | 204 | enabled=true
read webservice:conjur/authn-gcp/status | /:authenticator/:account/status | GET /authn-gcp/acme/status | 500
read webservice:conjur/authn-jwt/ci/status | /:authenticator/:service/:account/status | GET /authn-jwt/ci/acme/status | 500
update webservice:conjur/authn-gcp & read webservice:conjur/authn-gcp/status | /:authenticator/:account/explain | POST /authn-gcp/acme/explain | 200 | {"role":"host:app"}
update webservice:conjur/authn-jwt/ci & read webservice:conjur/authn-jwt/ci/status | /:authenticator/:service/:account/explain | POST /authn-jwt/ci/acme/explain | 200 | {"role":"host:app"}
update variable:conjur/authn-k8s/prod/ca/cert | /authn-k8s/:service/:account/ca | POST /authn-k8s/prod/acme/ca | 201

read policy:root | /audit/:account | GET /audit/acme | 200
read webservice:strongroom/audit | /audit/:account | GET /audit/acme | 200
execute !:webservice:accounts | /accounts | POST /accounts | 201 | id=other
read !:webservice:accounts | /accounts | GET /accounts | 200
update !:webservice:accounts | /accounts/:account | DELETE /accounts/other | 204
execute host_factory:factory | /host_factory_tokens | POST ${TOKEN} | 200
update host_factory:factory | /host_factory_tokens/:token | DELETE /host_factory_tokens/{spare} | 204

create policy:root | /issuers/:account | POST /issuers/acme | 201 | ${issuerBody()}
create policy:conjur/issuers | /issuers/:account | POST /issuers/acme | 201 | ${issuerBody({ id: 'aws2' })}
update policy:conjur/issuers | /issuers/:account | GET /issuers/acme | 200
read policy:conjur/issuers/aws1 | /issuers/:account/:id | GET /issuers/acme/aws1 | 200
update policy:conjur/issuers | /issuers/:account/:id | PATCH /issuers/acme/aws1 | 200 | {"max_ttl":2000}
use policy:conjur/issuers/aws1 | /policies/:account/policy/**:id | POST /policies/acme/policy/data/dynamic | 201 | ${DYNAMIC}
execute variable:data/dynamic/db | /secrets/:account/:kind/**:id | GET /secrets/acme/variable/data/dynamic/db | 200
update policy:conjur/issuers | /issuers/:account/:id | DELETE /issuers/acme/aws2 | 204
`

const headersFor = (path: string, body: string = ''): NonNullable<Question['headers']> => ({
  ...(/^\/(?:branches|groups|authenticators)\//.test(path) ? { Accept: V2_TYPE } : {}),
  ...(body.startsWith('{') ? { 'Content-Type': 'application/json' } : {}),
})

/** The uses of the table. */
export const USES: readonly Use[] = TABLE.split('\n').flatMap((line) =>
  line === '' ? [] : [useIn(line)],
)

function useIn(line: string): Use {
  const [demands = '', route = '', asked = '', status = '', body] = line.split(' | ')
  const [method = '', path = ''] = asked.split(' ')
  const [first, besides] = demands.split(' & ').map(demandIn)
  assert.ok(first !== undefined)
  return {
    ...first,
    route: `${method} ${route}`,
    question: {
      method,
      path,
      headers: headersFor(path, body),
      ...(body === undefined ? {} : { body }),
    },
    status: Number(status),
    ...(besides === undefined ? {} : { besides }),
  }
}

function demandIn(words: string): Pick<Use, 'privilege' | 'on'> {
  const [privilege = '', on = ''] = words.split(' ')
  return { privilege, on }
}

/** The routes for bearers of tokens by which none uses a privilege, and why. */
export const WITHOUT_PRIVILEGE: Readonly<Record<string, string>> = {
  'GET /whoami': 'tells the caller of the caller',
  'PUT /authn/:account/password': 'of the caller alone, and never by a token',
  'GET /resources': 'what is visible',
  'GET /resources/:account': 'what is visible',
  'GET /resources/:account/:kind': 'what is visible',
  'GET /resources/:account/:kind/**:id':
    'what is visible; a permission check has a test of its own',
  'GET /roles/:account/:kind/**:id': 'what is visible',
  'GET /access/:account/:kind/**:id': 'what is visible',
  'GET /authenticators/:account': 'leaves out values',
  'GET /authenticators/:account/:type/:name': 'leaves out values',
  'GET /branches/:account': 'leaves out branches',
  'POST /ca/:account/:service/sign': 'for hosts alone, who have a test of their own',
  'GET /mfa/:account/factors': 'of the caller alone',
  'POST /mfa/:account/factors/totp': 'of the caller alone',
  'POST /mfa/:account/factors/totp/:id/confirmation': 'of the caller alone',
  'POST /mfa/:account/recovery-codes': 'of the caller alone',
  'POST /mfa/:account/verification': 'of the caller alone',
  'DELETE /mfa/:account/factors/:id': 'of the caller alone',
  'POST /mfa/:account/passkey-ceremonies': 'of the caller alone',
  'POST /mfa/:account/passkey-ceremonies/:id/completion': 'of the caller alone',
}
