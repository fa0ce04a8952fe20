import { PATHS } from '#api/paths.ts'
import type { SignCertificate } from '#app/sign-certificate.ts'
import { CERTIFICATES } from '#http/about/certificates.ts'
import { json } from '#http/answer.ts'
import { readParameters } from '#http/parameters.ts'
import { route } from '#http/route.ts'
import type { Route } from '#http/route.ts'

const PEM_TYPE = 'application/x-pem-file'

/** Certificates for hosts (reference/conjur-api.md 1.11): JSON, or PEM for those who accept nothing else. */
export const certificateAuthorityRoutes = (use: {
  readonly signCertificate: SignCertificate
}): readonly Route[] => [
  route('POST', PATHS.signCertificate, CERTIFICATES.sign, async (call) => {
    const session = await call.session()
    const parameters = await readParameters(call)
    const pem = await use.signCertificate(session, {
      ...call.params,
      request: parameters.text('csr') ?? '',
      ttl: parameters.text('ttl') ?? '',
    })
    return call.header('accept').trim().toLowerCase() === PEM_TYPE
      ? { status: 201, type: PEM_TYPE, body: pem }
      : json(201, { certificate: pem })
  }),
]
