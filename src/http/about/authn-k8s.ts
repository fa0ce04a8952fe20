import { described, emptyAnswer, jsonAnswer, parametersBody } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { moment } from '#http/openapi/ids.ts'
import { component, oneOfTexts, record, text } from '#http/openapi/schema.ts'
import { tokenAnswered, tokenHeaders } from './authentication.ts'

const service = described(
  'The name of the authenticator: of the webservice `conjur/authn-k8s/SERVICE`.',
  text({ minLength: 1 }),
)

const refusals: Operation['refusals'] = {
  401: 'The pod is not one that the host may be, or cannot be looked at; every reason is answered alike.',
  403: 'The role may not `authenticate` with this authenticator.',
  413: 'The body is too large, even where it is ignored.',
  422: 'The request or the certificate has no common name; or the account or the name of the authenticator cannot be one.',
}

const order = component(
  'AuthorityOrder',
  record(
    {},
    {
      previous: oneOfTexts(['refuse', 'replace', 'keep']),
    },
    'What becomes of an authority that is there already: nothing, which refuses the request; it and all its certificates end; or its certificates count until they end.',
  ),
)

const authority = component(
  'MadeAuthority',
  record({
    certificate: text({
      pattern: '^-----BEGIN CERTIFICATE-----\\n[^]*-----END CERTIFICATE-----\\n$',
    }),
    fingerprint: text({
      description: 'SHA-256 of the certificate.',
      pattern: '^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$',
    }),
    not_after: moment('When it ends.'),
  }),
)

/** Pods that log in by a certificate that is placed in them. */
export const K8S: Readonly<Record<'inject' | 'authenticate' | 'makeAuthority', Operation>> = {
  inject: {
    id: 'k8sInjectClientCert',
    tag: 'authentication',
    summary: 'Have a certificate placed in a pod',
    description:
      'The certificate goes into the file `/etc/conjur/ssl/client.pem` of a container of the pod that the request names, and nowhere else. The answer comes once it is there.',
    params: { service },
    headers: {
      'Host-Id-Prefix': described(
        'What stands before the common name of the request in the id of the host, with a dot for each slash: `host.shop`. `host.conjur.authn-k8s.SERVICE.apps` without it.',
        text(),
      ),
    },
    body: {
      description: 'A certificate signing request, PEM, whatever the type says.',
      content: { 'text/plain': text({ minLength: 1 }) },
      isRequired: true,
    },
    answers: { 202: emptyAnswer('The pod has its certificate.') },
    refusals,
  },
  authenticate: {
    id: 'getAccessTokenViaKubernetes',
    tag: 'authentication',
    summary: 'Exchange the certificate of a pod for an access token',
    description:
      'The certificate is that of the TLS connection, or what a trusted proxy tells of it. The pod is looked at again.',
    params: { service },
    headers: tokenHeaders,
    answers: { 200: tokenAnswered },
    refusals,
  },
  makeAuthority: {
    id: 'makeKubernetesAuthority',
    tag: 'authenticators',
    summary: 'Make the authority that signs the certificates of pods',
    description:
      'Its key and its certificate become the values of the variables `ca/key` and `ca/cert`, on which it needs `update`.',
    params: { service },
    body: parametersBody(order),
    answers: {
      201: jsonAnswer('The certificate of the authority; its key is not told.', authority),
    },
    refusals: {
      403: 'The caller may not `update` the variables; or its token may not be used from its address.',
      404: 'A variable is not there, or none that the caller may know of.',
      409: 'There is an authority already, and the request does not say what is to become of it.',
      422: 'What is to become of it cannot be that; or the account or the name of the authenticator cannot be one.',
    },
  },
}
