import { contentAnswer, described, parametersBody } from '#http/openapi/operation.ts'
import type { Operation } from '#http/openapi/operation.ts'
import { component, record, text } from '#http/openapi/schema.ts'

const PEM = '^-----BEGIN CERTIFICATE-----\\n[^]*-----END CERTIFICATE-----\\n?$'

const order = component(
  'CertificateOrder',
  record({
    csr: text({ description: 'A certificate signing request, PEM.' }),
    ttl: text({
      description: 'How long the certificate is wanted, ISO 8601, such as `PT1H`.',
      format: 'duration',
    }),
  }),
)

const certificate = component('Certificate', record({ certificate: text({ pattern: PEM }) }))

/** Certificates for hosts. */
export const CERTIFICATES: Readonly<Record<'sign', Operation>> = {
  sign: {
    id: 'sign',
    tag: 'certificates',
    summary: 'Get a certificate',
    description:
      'A host with `sign` on the authority gets one, in which its id stands. A client that accepts `application/x-pem-file` and nothing else gets that, all others JSON.',
    params: {
      service: described(
        'The authority: the webservice `conjur/SERVICE/ca`.',
        text({ minLength: 1 }),
      ),
    },
    body: parametersBody(order),
    answers: {
      201: contentAnswer('The certificate, PEM.', {
        'application/json': certificate,
        'application/x-pem-file': text({ pattern: PEM }),
      }),
    },
    refusals: {
      403: 'The caller is no host of the account, may not `sign`, or did not sign its request; or its token may not be used from its address.',
      404: 'There is no such authority, or none that the caller may know of.',
      422: 'The request or the time cannot be read, or the authority is not set up.',
    },
  },
}
