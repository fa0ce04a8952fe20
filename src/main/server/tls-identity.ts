import { X509Certificate } from 'node:crypto'
import { hostname } from 'node:os'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { createTlsIdentity } from '#crypto/tls-identity.ts'
import { Failure } from '#lib/failure.ts'
import { readIfThere, writePrivate } from './private-file.ts'
import type { Settings } from './settings.ts'

/** The certificate and key that the server shows, PEM. */
export interface ServerIdentity {
  readonly cert: string
  readonly key: string
  /** SHA-256 of the certificate, as tools print it: what a person compares on first contact. */
  readonly fingerprint: string
}

const DAYS = 3650

/**
 * The TLS identity of the server: the files that the settings name, else those in the data folder, which are made when absent.
 * Throws `configuration` when a named file is missing or is not what it should be.
 */
export async function openTlsIdentity(settings: Settings): Promise<ServerIdentity> {
  const { tlsCert, tlsKey, dataDir } = settings
  if (tlsCert !== undefined && tlsKey !== undefined) {
    return identityOf(await mustBeThere(tlsCert), await mustBeThere(tlsKey), tlsCert)
  }
  const folder = join(dataDir, 'tls')
  const certPath = join(folder, 'cert.pem')
  const keyPath = join(folder, 'key.pem')
  const [cert, key] = await Promise.all([readIfThere(certPath), readIfThere(keyPath)])
  if (cert !== undefined && key !== undefined) return identityOf(cert, key, certPath)
  const made = await createTlsIdentity({ ...namesOf(settings), now: new Date(), days: DAYS })
  await writePrivate(keyPath, made.keyPem)
  await writePrivate(certPath, made.certPem)
  return { cert: made.certPem, key: made.keyPem, fingerprint: made.fingerprint256 }
}

async function mustBeThere(path: string): Promise<string> {
  const text = await readIfThere(path)
  if (text !== undefined) return text
  throw new Failure('configuration', `there is no file ${path}, which tls-cert or tls-key names`)
}

function identityOf(cert: string, key: string, path: string): ServerIdentity {
  try {
    return { cert, key, fingerprint: new X509Certificate(cert).fingerprint256 }
  } catch (error) {
    throw new Failure('configuration', `${path} does not begin with a certificate in PEM`, {
      cause: error,
    })
  }
}

function namesOf({ bindAddress, tlsHostnames }: Settings): {
  readonly hostnames: readonly string[]
  readonly addresses: readonly string[]
} {
  const all = new Set(['localhost', hostname(), '127.0.0.1', '::1', ...tlsHostnames])
  // The address of "everywhere" is nobody's name.
  if (!/^(?:0\.0\.0\.0|::)$/.test(bindAddress)) all.add(bindAddress)
  const isAddress = (name: string): boolean => isIP(name) !== 0
  return {
    hostnames: [...all].filter((name) => !isAddress(name)),
    addresses: [...all].filter(isAddress),
  }
}
