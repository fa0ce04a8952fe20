import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { loadX509 } from '#crypto/x509-library.ts'

/** What a client puts into its request beside its key. */
export interface RequestedBy {
  readonly commonName: string
  readonly uris?: readonly string[]
  readonly dnsNames?: readonly string[]
  readonly addresses?: readonly string[]
  /** Signs with another key than the one that it asks a certificate for. */
  readonly isForged?: true
}

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: Uint8Array.of(1, 0, 1),
  modulusLength: 2048,
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

/** The key of a client: it makes one at its start and keeps it. */
export const clientKeys: Promise<webcrypto.CryptoKeyPair> = newKeys()

/** A certificate signing request as the client of Conjur makes it (reference/kubernetes.md 1.3), PEM. */
export async function requestBy(wanted: RequestedBy): Promise<string> {
  const { commonName, uris = [], dnsNames = [], addresses = [], isForged } = wanted
  const x509 = await loadX509()
  const keys = await clientKeys
  const names = [
    ...uris.map((value) => ({ type: 'url' as const, value })),
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...addresses.map((value) => ({ type: 'ip' as const, value })),
  ]
  const signer = isForged === true ? (await newKeys()).privateKey : keys.privateKey
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: commonName === '' ? '' : `CN=${commonName}`,
    keys: { publicKey: keys.publicKey, privateKey: signer },
    signingAlgorithm: ALGORITHM,
    extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)],
  })
  return request.toString('pem')
}

/** The private key of the client, PEM. */
export async function clientKeyPem(): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', (await clientKeys).privateKey)
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`
}

/** How the client splits its login into the prefix and the common name (reference/kubernetes.md 1.2). */
export function splitLogin(login: string): {
  readonly prefix: string
  readonly commonName: string
} {
  const parts = login.split('/')
  const count = parts.length >= 4 ? 3 : 1
  return {
    prefix: parts.slice(0, -count).join('.'),
    commonName: parts.slice(-count).join('.'),
  }
}

/** The name that a pod has in its request. */
export const spiffeId = (namespace: string, pod: string): string =>
  `spiffe://cluster.local/namespace/${namespace}/podname/${pod}`

/** How a proxy tells a certificate. */
export const escapedPem = (pem: string): string => {
  assert.match(pem, /^-----BEGIN CERTIFICATE-----/)
  return encodeURIComponent(pem)
}
