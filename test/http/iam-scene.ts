import assert from 'node:assert/strict'
import { AWS_ACCOUNT, fakeSts, proofOf, roleSession } from '../authn/iam/fake-sts.ts'
import type { Caller, FakeSts, ProofOptions } from '../authn/iam/fake-sts.ts'
import type { Reply } from './client.ts'
import { ACCOUNT, assertSilent, at, openNode } from './harness.ts'
import type { TestNode } from './harness.ts'

/** The roles of AWS that have hosts. */
const ROLES = ['web', 'picky', 'fenced', 'outsider', 'user']

const POLICY = `
- !policy
  id: apps
  body:
    - !host ${AWS_ACCOUNT}/web
    - !host
      id: ${AWS_ACCOUNT}/picky
      annotations:
        strongroom/attest/aws.partition: aws
        strongroom/attest/authn-iam/prod/aws.region: '["eu-central-1", "eu-west-1"]'
        strongroom/attest/aws.role.session: 'glob:i-*'
        strongroom/attest/aws.role.id: AROA3XFRBF535PLBIFPI4
    - !host { id: ${AWS_ACCOUNT}/fenced, restricted_to: [192.0.2.0/24] }
    - !host ${AWS_ACCOUNT}/outsider
    - !host { id: ${AWS_ACCOUNT}/user, annotations: { strongroom/attest/aws.user: user } }
- !user viewer
- !policy
  id: conjur/authn-iam/prod
  body:
    - !webservice
    - !webservice status
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
- !grant
  role: !group conjur/authn-iam/prod/apps
  members:
    - !host apps/${AWS_ACCOUNT}/web
    - !host apps/${AWS_ACCOUNT}/picky
    - !host apps/${AWS_ACCOUNT}/fenced
    - !host apps/${AWS_ACCOUNT}/user
- !permit
  role: !user viewer
  privileges: [read]
  resources: [!webservice conjur/authn-iam/prod, !webservice conjur/authn-iam/prod/status, !host apps/${AWS_ACCOUNT}/web]
- !policy { id: conjur/authn-iam/off, body: [!webservice] }
`

/** A node with an instance `prod`, and the service that it asks. */
export type Cloud = TestNode & { readonly sts: FakeSts }

/** Opens a {@link Cloud}, whose service knows a session of each role. */
export async function openCloud(): Promise<Cloud> {
  const sts = fakeSts(...ROLES.map((name) => roleSession(name)))
  const node = await openNode({
    authenticatorCalls: sts,
    settings: { authenticators: ['authn-iam/prod', 'authn-iam/absent'] },
  })
  await node.load(POLICY)
  return Object.assign(node, { sts })
}

/** The login of the host that is a role. */
export const loginOf = (name: string): string => `host/apps/${AWS_ACCOUNT}/${name}`

/** What a login with this body is answered. */
export const present = (
  node: TestNode,
  login: string,
  body: string,
  service = 'prod',
): Promise<Reply> =>
  node.anyone.post(
    `/authn-iam/${service}/${ACCOUNT}/${encodeURIComponent(login)}/authenticate`,
    body,
  )

/** What a caller signs, as the body of a login. */
export const signed = async (
  node: TestNode,
  caller: Caller | string,
  options: Partial<ProofOptions> = {},
): Promise<string> => {
  const by = typeof caller === 'string' ? roleSession(caller) : caller
  return JSON.stringify(await proofOf(by, { now: node.now, ...options }))
}

/** What comes of a login as a host, by the role of its name. */
export const authenticate = async (
  node: TestNode,
  name: string,
  options: Partial<ProofOptions> = {},
): Promise<Reply> => present(node, loginOf(name), await signed(node, name, options))

/** The record of the newest attempt. */
export const newest = async (node: TestNode): Promise<unknown> =>
  (await node.trail()).findLast(({ kind }) => kind === 'authn')

/** That a login was refused silently, and why the trail says so. */
export async function assertRefused(node: TestNode, reply: Reply, code: RegExp): Promise<void> {
  assertSilent(401, reply)
  assert.match(String(at(await newest(node), 'reason')), code)
}
