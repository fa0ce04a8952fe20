import { given } from '#client/settings.ts'
import type { PlatformParts, PlatformQuestion } from './platform.ts'
import { mustTell, senseless, urlIn } from './platform.ts'

const GOOGLE = {
  name: 'Google Cloud',
  advice: 'this machine is not on Google Cloud, or has no service account: attach one to it',
}

const PATH = '/computeMetadata/v1/instance/service-accounts/default/identity'
const FLAVOR = { 'Metadata-Flavor': 'Google' }

/** An identity token of Google's for `audience`, with all that is known of the instance (reference/conjur-api.md 6.8). */
export async function googleToken(
  { environment, ask }: PlatformParts,
  audience: string,
): Promise<string> {
  const host = given(environment['GCE_METADATA_HOST']) ?? 'metadata.google.internal'
  const url = urlIn('GCE_METADATA_HOST', /^https?:/.test(host) ? host : `http://${host}`)
  url.pathname = PATH
  url.search = String(new URLSearchParams({ audience, format: 'full' }))
  const question: PlatformQuestion = { url, headers: FLAVOR }
  const { headers, body } = await mustTell(ask, GOOGLE, question)
  // Whoever else answers at that address, such as a router, does not say this.
  if (headers['metadata-flavor'] !== 'Google') {
    throw senseless(GOOGLE, question, 'is not from its metadata server')
  }
  const token = body.toString().trim()
  if (!JWT.test(token)) throw senseless(GOOGLE, question, 'is no token')
  return token
}

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/
