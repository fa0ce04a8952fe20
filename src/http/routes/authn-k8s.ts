import { PATHS } from '#api/paths.ts'
import type { AuthenticateWorkload } from '#app/authenticate-workload.ts'
import type { DeliverCertificate } from '#app/deliver-certificate.ts'
import type { AuthorityOrder, MakeAuthority } from '#app/make-authority.ts'
import { Failure } from '#lib/failure.ts'
import { K8S } from '#http/about/authn-k8s.ts'
import { empty, json } from '#http/answer.ts'
import type { Answer } from '#http/answer.ts'
import type { Call } from '#http/call.ts'
import { readParameters } from '#http/parameters.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'
import { tokenAnswer } from '#http/token-answer.ts'

/** The use-cases behind the routes of authn-k8s. */
export interface K8sUses {
  readonly authenticateWorkload: AuthenticateWorkload
  readonly deliverCertificate: DeliverCertificate
  readonly makeAuthority: MakeAuthority
}

/** Pods that log in by a certificate that is placed in them (reference/conjur-api.md 6.6). */
export const k8sRoutes = (use: K8sUses): readonly Route[] => [
  route('POST', PATHS.injectClientCertificate, K8S.inject, (call) => inject(use, call), {
    access: 'open',
  }),
  route('POST', PATHS.authenticateK8s, K8S.authenticate, (call) => authenticate(use, call), {
    access: 'open',
  }),
  route('POST', PATHS.k8sAuthority, K8S.makeAuthority, (call) => makeAuthority(use, call)),
]

async function inject(use: K8sUses, call: Call<'service'>): Promise<Answer> {
  const prefix = call.header('host-id-prefix')
  const request = { service: call.params.service, body: await call.body() }
  await use.deliverCertificate(prefix === '' ? request : { ...request, prefix }, call.origin)
  return empty(202)
}

async function authenticate(
  use: K8sUses,
  call: Call<'service' | 'account' | 'login'>,
): Promise<Answer> {
  const proof = {
    ...call.params,
    type: 'authn-k8s',
    body: await call.body(),
    certificates: call.certificates(),
  }
  return tokenAnswer(call, await use.authenticateWorkload(proof, call.origin))
}

async function makeAuthority(use: K8sUses, call: Call<'service' | 'account'>): Promise<Answer> {
  const session = await call.session()
  const previous = readPrevious((await readParameters(call)).text('previous') ?? 'refuse')
  const made = await use.makeAuthority(session, { ...call.params, previous })
  const { certificate, fingerprint, notAfter } = made
  return json(201, { certificate, fingerprint, not_after: notAfter.toISOString() })
}

function readPrevious(text: string): AuthorityOrder['previous'] {
  if (text === 'refuse' || text === 'replace' || text === 'keep') return text
  throw new Failure('argument_error', 'previous is none of refuse, replace and keep')
}
