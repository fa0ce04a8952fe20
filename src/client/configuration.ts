import { Failure, quoted } from '#lib/failure.ts'
import { withoutEnd } from '#lib/without-end.ts'
import type { Settings, SettingSources } from './settings.ts'

/** Which server to talk to and whom to believe. */
export interface Configuration {
  readonly url: string
  readonly account: string
  readonly caPem?: string
  readonly timeoutMs: number
}

const DEFAULT_TIMEOUT_SECONDS = 60

/**
 * What `settings` say of the server. Throws `configuration` when they do not name a server and an account, with the
 * message that the clients of the family give, or when the certificate cannot be read.
 */
export function configurationOf(
  settings: Settings,
  readText: SettingSources['readText'],
): Configuration {
  const { url, account } = settings
  if (url === undefined || account === undefined) throw incomplete(settings)
  const caPem = pinnedCertificates(settings, readText)
  return {
    url: withoutEnd(url, '/'),
    account,
    ...(caPem === undefined ? {} : { caPem }),
    timeoutMs: timeoutSeconds(settings.httpTimeout) * 1000,
  }
}

function incomplete({ url, account }: Settings): Failure {
  const missing = [
    ...(url === undefined ? ['Must specify an ApplianceURL'] : []),
    ...(account === undefined ? ['Must specify an Account'] : []),
  ]
  return new Failure('configuration', missing.join(' -- '), {
    hint: 'run `strongroom init`, or set CONJUR_APPLIANCE_URL and CONJUR_ACCOUNT',
  })
}

function pinnedCertificates(
  { certificate, certFile }: Settings,
  readText: SettingSources['readText'],
): string | undefined {
  if (certificate !== undefined) return mustBePem(certificate, 'CONJUR_SSL_CERTIFICATE')
  if (certFile === undefined) return undefined
  const text = readText(certFile)
  if (text === undefined) {
    throw new Failure('configuration', `the certificate file ${quoted(certFile)} does not exist`, {
      hint: 'fetch the certificate of the server with `strongroom init`',
    })
  }
  return mustBePem(text, quoted(certFile))
}

function mustBePem(text: string, where: string): string {
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new Failure('configuration', `${where} holds no certificate in PEM`)
  }
  return text
}

/** Whole seconds; anything else counts as absent, as it does for the clients of the family. */
function timeoutSeconds(text: string | undefined): number {
  const seconds = Number(text)
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : DEFAULT_TIMEOUT_SECONDS
}
