import { Failure } from '#lib/failure.ts'
import { NOT_PINNED } from './certificate-pin.ts'

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name cannot be looked up now',
  ETIMEDOUT: 'connection timed out',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'network unreachable',
}

const CERTIFICATE_FAULTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate is revoked',
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
  [NOT_PINNED]: 'its certificate is not a pinned one',
}

const UNKNOWN_ISSUER = /SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED|INVALID_CA|INVALID_PURPOSE|CERT_/
const HANDSHAKE = /^(?:EPROTO|ERR_SSL_|ERR_TLS_)/

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

function certificateFault(code: string): string | undefined {
  if (CERTIFICATE_FAULTS[code] !== undefined) return CERTIFICATE_FAULTS[code]
  if (UNKNOWN_ISSUER.test(code))
    return 'its certificate is not from an authority that is trusted here'
  if (HANDSHAKE.test(code)) return 'the TLS handshake failed'
  return undefined
}

/**
 * What went wrong between here and `target` (`host:port`), from the error of the connection: `untrusted` for
 * everything about TLS, `unreachable` for the rest.
 */
export function connectionFailure(error: unknown, target: string): Failure {
  const code = codeOf(error)
  const fault = certificateFault(code)
  if (fault !== undefined) {
    return new Failure('untrusted', `cannot trust ${target}: ${fault}`, {
      cause: error,
      hint: 'check the address, then fetch and confirm the certificate of the server with `strongroom init`',
    })
  }
  const reason = CAUSES[code] ?? (code === '' ? 'connection failed' : code)
  return new Failure('unreachable', `cannot reach ${target}: ${reason}`, {
    cause: error,
    hint: 'check that the server runs and that the address is right',
  })
}

/** `target` accepted the connection or not, but did not answer in time. */
export const timeoutFailure = (target: string, timeoutMs: number): Failure =>
  new Failure('unreachable', `${target} did not answer within ${timeoutMs / 1000} seconds`, {
    hint: 'try again, or allow more time',
  })
