import { webcrypto } from 'node:crypto'
import type { Extension, JsonGeneralNames, X509Certificate } from '@peculiar/x509'
import { loadX509 } from '#crypto/x509-library.ts'

const x509 = await loadX509()

/** When the tests take place, in milliseconds since 1970. */
export const NOW: number = 1_750_000_000_000

/** In milliseconds. */
export const DAY: number = 86_400_000

/** A certificate that was made for a test, with its keys. */
export interface Made {
  readonly certificate: X509Certificate
  readonly keys: webcrypto.CryptoKeyPair
  readonly der: Uint8Array
  readonly pem: string
  /** Computed when asked for. */
  readonly keyPem: () => Promise<string>
}

/** What a certificate says: of the client `CN=client`, for half a day around {@link NOW}, signed by itself, unless said otherwise. */
export interface Wish {
  readonly subject?: string
  readonly by?: Made
  /** Who it says that it is signed by, when that is not true. */
  readonly issuer?: string
  readonly keys?: webcrypto.CryptoKeyPair
  readonly serialNumber?: string
  /** Days from {@link NOW}. */
  readonly from?: number
  readonly until?: number
  readonly hash?: string
  /** Those of a client without names when absent. */
  readonly extensions?: readonly Extension[]
}

/** P-256, which keys are of unless said otherwise. */
export const P256: webcrypto.EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' }

/** RSA with keys of so many bits. */
export const rsa = (modulusLength: number): webcrypto.RsaHashedKeyGenParams => ({
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
})

/** A new pair of keys. */
export const newKeys = (
  algorithm: webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams = P256,
): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])

/** What a certificate of a client has, which may have names. */
export const clientExtensions = (names: JsonGeneralNames = []): readonly Extension[] => [
  new x509.BasicConstraintsExtension(false, undefined, true),
  new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
  new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
  ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
]

/** What a certificate of an authority has, below which a path may be no longer than `pathLength`. */
export const authorityExtensions = (pathLength?: number): readonly Extension[] => [
  new x509.BasicConstraintsExtension(true, pathLength, true),
  usages(x509.KeyUsageFlags.keyCertSign, x509.KeyUsageFlags.cRLSign),
]

/** A key usage of these flags. */
export const usages = (...flags: readonly number[]): Extension => {
  const all = flags.reduce((some, flag) => some | flag, 0)
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- flags together are a number
  return new x509.KeyUsagesExtension(all, true)
}

/** Makes a certificate. */
export async function make(wish: Wish = {}): Promise<Made> {
  const { subject = 'CN=client', by, issuer = by?.certificate.subject ?? subject } = wish
  const keys = wish.keys ?? (await newKeys())
  const signer = by?.keys ?? keys
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer,
    ...periodOf(wish),
    publicKey: keys.publicKey,
    ...signedBy(signer, wish),
    extensions: [...(wish.extensions ?? clientExtensions())],
    ...numberOf(wish),
  })
  return {
    certificate,
    keys,
    der: new Uint8Array(certificate.rawData),
    pem: `${certificate.toString('pem')}\n`,
    keyPem: async () => {
      const der = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
      return x509.PemConverter.encode(der, 'PRIVATE KEY')
    },
  }
}

const numberOf = ({ serialNumber }: Wish): { serialNumber?: string } =>
  serialNumber === undefined ? {} : { serialNumber }

const periodOf = ({ from = -0.25, until = 0.25 }: Wish): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(NOW + from * DAY),
  notAfter: new Date(NOW + until * DAY),
})

const signedBy = (
  { privateKey }: webcrypto.CryptoKeyPair,
  { hash = 'SHA-256' }: Pick<Wish, 'hash'>,
): { signingKey: webcrypto.CryptoKey; signingAlgorithm: { name: string; hash: string } } => ({
  signingKey: privateKey,
  signingAlgorithm: { name: privateKey.algorithm.name, hash },
})

/** An authority, by the name `root` and for itself, valid for years, unless said otherwise. */
export const makeAuthority = (wish: Wish = {}): Promise<Made> =>
  make({
    subject: 'CN=root',
    from: -1000,
    until: 1000,
    extensions: authorityExtensions(),
    ...wish,
  })

/** What a revocation list says. */
export interface ListWish {
  readonly revoked?: readonly string[]
  /** Days from {@link NOW}. */
  readonly from?: number
  readonly until?: number | null
  readonly extensions?: readonly Extension[]
  readonly hash?: string
  readonly issuer?: string
}

/** A revocation list that an authority has signed, in DER. */
export async function makeList(by: Made, wish: ListWish = {}): Promise<Uint8Array> {
  const { revoked = [], from = -1, until = 1, extensions = [] } = wish
  const list = await x509.X509CrlGenerator.create({
    issuer: wish.issuer ?? by.certificate.subject,
    thisUpdate: new Date(NOW + from * DAY),
    ...(until === null ? {} : { nextUpdate: new Date(NOW + until * DAY) }),
    ...signedBy(by.keys, wish),
    entries: revoked.map((serialNumber) => ({ serialNumber, revocationDate: new Date(NOW - DAY) })),
    extensions: [...extensions],
  })
  return new Uint8Array(list.rawData)
}

/** A revocation list in PEM. */
export const listPem = (der: Uint8Array): string =>
  `-----BEGIN X509 CRL-----\n${Buffer.from(der).toString('base64')}\n-----END X509 CRL-----\n`
