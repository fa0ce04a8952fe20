import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { fillPath, PATHS } from '#api/paths.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { CertificateCredentials } from './credentials.ts'
import { hostLogin } from './host-login.ts'
import type { Answer, ClientIdentity, Transport } from './transport.ts'

/** Opens a transport whose connections show a certificate. */
export type OpenShowing = (identity: ClientIdentity) => Transport

/**
 * Authenticates by the certificate of `credentials`. The files are read each time, since whoever issues certificates replaces them. Throws
 * `configuration` when they cannot be read or do not fit together.
 */
export async function authenticateByCertificate(
  open: OpenShowing,
  account: string,
  credentials: CertificateCredentials,
): Promise<Answer> {
  return authenticateShowing(open, account, credentials, await identityIn(credentials))
}

/** Authenticates over a connection of its own that shows `identity`; no other request does. Throws `configuration` when that does not fit together. */
export async function authenticateShowing(
  open: OpenShowing,
  account: string,
  { service, hostId }: Pick<CertificateCredentials, 'service' | 'hostId'>,
  identity: ClientIdentity,
): Promise<Answer> {
  const transport = open(mustFit(identity, 'the certificate and the key'))
  try {
    return await transport.send({
      method: 'POST',
      path:
        hostId === undefined
          ? fillPath(PATHS.authenticateCert, { service, account })
          : fillPath(PATHS.authenticateCertAs, { service, account, login: hostLogin(hostId) }),
      headers: { 'Content-Type': 'text/plain' },
      isRepeatable: true,
    })
  } finally {
    transport.close()
  }
}

async function identityIn({ certFile, keyFile }: CertificateCredentials): Promise<ClientIdentity> {
  const [cert, key] = await Promise.all([readPem(certFile), readPem(keyFile)])
  const what = `the certificate in ${quoted(certFile)} and the key in ${quoted(keyFile)}`
  return mustFit({ cert, key }, what)
}

function mustFit(identity: ClientIdentity, what: string): ClientIdentity {
  try {
    createSecureContext(identity)
    return identity
  } catch (cause) {
    throw new Failure('configuration', `${what} cannot be read or do not belong together`, {
      cause,
      hint: 'both are PEM: the certificate with those that vouch for it behind it, and its key without passphrase',
    })
  }
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new Failure('configuration', `cannot read ${quoted(path)}`, { cause })
  }
}
