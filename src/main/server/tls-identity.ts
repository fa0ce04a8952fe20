import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
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
    const given = { cert: await mustBeThere(tlsCert), key: await mustBeThere(tlsKey) }
    return identityOf(given, { cert: tlsCert, key: tlsKey })
  }
  const folder = join(dataDir, 'tls')
  const certPath = join(folder, 'cert.pem')
  const keyPath = join(folder, 'key.pem')
  const [cert, key] = await Promise.all([readIfThere(certPath), readIfThere(keyPath)])
  if (cert !== undefined && key !== undefined) {
    return identityOf({ cert, key }, { cert: certPath, key: keyPath })
  }
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

/** What belongs to a certificate and to its key. */
interface Pair {
  readonly cert: string
  readonly key: string
}

function identityOf({ cert, key }: Pair, paths: Pair): ServerIdentity {
  const certificate = certificateIn(cert, paths.cert)
  if (!certificate.checkPrivateKey(privateKeyIn(key, paths.key))) {
    const message = `the key in ${paths.key} is not the one of the certificate in ${paths.cert}`
    throw new Failure('configuration', message)
  }
  return { cert, key, fingerprint: certificate.fingerprint256 }
}

function certificateIn(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new Failure('configuration', `${path} does not begin with a certificate in PEM`, {
      cause,
    })
  }
}

function privateKeyIn(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    throw new Failure('configuration', `${path} holds no private key in PEM without passphrase`, {
      cause,
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
