import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { fillPath, PATHS } from '#api/paths.ts'
import { Failure, quoted } from '#lib/failure.ts'
import type { CertificateCredentials } from './credentials.ts'
import type { Answer, ClientIdentity, Transport } from './transport.ts'

/** Opens a transport whose connections show a certificate. */
export type OpenShowing = (identity: ClientIdentity) => Transport

/**
 * Authenticates over a connection of its own that shows the certificate of `credentials`; no other request does. The files are read each
 * time, since whoever issues certificates replaces them. Throws `configuration` when they cannot be read or do not fit together.
 */
export async function authenticateByCertificate(
  open: OpenShowing,
  account: string,
  credentials: CertificateCredentials,
): Promise<Answer> {
  const { service, hostId } = credentials
  const transport = open(await identityIn(credentials))
  try {
    return await transport.send({
      method: 'POST',
      path:
        hostId === undefined
          ? fillPath(PATHS.authenticateCert, { service, account })
          : fillPath(PATHS.authenticateCertAs, { service, account, login: loginOf(hostId) }),
      headers: { 'Content-Type': 'text/plain' },
      isRepeatable: true,
    })
  } finally {
    transport.close()
  }
}

/** A host is named with or without the `host/` in front of its id, as the clients of the family have it. */
const loginOf = (hostId: string): string => (hostId.startsWith('host/') ? hostId : `host/${hostId}`)

async function identityIn({ certFile, keyFile }: CertificateCredentials): Promise<ClientIdentity> {
  const [cert, key] = await Promise.all([readPem(certFile), readPem(keyFile)])
  try {
    createSecureContext({ cert, key })
  } catch (cause) {
    const files = `the certificate in ${quoted(certFile)} and the key in ${quoted(keyFile)}`
    throw new Failure('configuration', `${files} cannot be read or do not belong together`, {
      cause,
      hint: 'each file holds PEM: the certificate with those that vouch for it behind it, and its key without passphrase',
    })
  }
  return { cert, key }
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new Failure('configuration', `cannot read ${quoted(path)}`, { cause })
  }
}
