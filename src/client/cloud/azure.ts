import { parseJson } from '#client/json.ts'
import type { Environment } from '#client/settings.ts'
import { given } from '#client/settings.ts'
import type { AzureCredentials } from '#client/strongroom-options.ts'
import type { PlatformParts, PlatformQuestion } from './platform.ts'
import { mustTell, senseless, urlIn } from './platform.ts'

const AZURE = {
  name: 'Azure',
  advice:
    'this machine is not on Azure, or has no managed identity: assign one to it; where it has several, CONJUR_AUTHN_AZURE_CLIENT_ID says which',
}

/** The resource that the clients of the family ask for. */
const RESOURCE = 'https://management.azure.com/'

/** A token of the managed identity for a resource (reference/conjur-api.md 6.7). */
export async function azureToken(
  { environment, ask }: PlatformParts,
  { clientId, resource = RESOURCE }: Pick<AzureCredentials, 'clientId' | 'resource'>,
): Promise<string> {
  const question = questionFor(environment, {
    resource,
    ...(clientId === undefined ? {} : { client_id: clientId }),
  })
  const { body } = await mustTell(ask, AZURE, question)
  const answer = parseJson(body.toString())
  const token: unknown =
    typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'access_token') : undefined
  if (typeof token !== 'string' || token === '') throw senseless(AZURE, question, 'has no token')
  return token
}

/** App Service, Functions and Container Apps say where to ask and give a secret for it; machines have one address for all. */
function questionFor(
  environment: Environment,
  parameters: Readonly<Record<string, string>>,
): PlatformQuestion {
  const endpoint = given(environment['IDENTITY_ENDPOINT'])
  const secret = given(environment['IDENTITY_HEADER'])
  if (endpoint !== undefined && secret !== undefined) {
    const url = urlIn('IDENTITY_ENDPOINT', endpoint)
    url.search = String(new URLSearchParams({ 'api-version': '2019-08-01', ...parameters }))
    return { url, headers: { 'X-IDENTITY-HEADER': secret } }
  }
  const name = 'AZURE_POD_IDENTITY_AUTHORITY_HOST'
  const url = urlIn(name, given(environment[name]) ?? 'http://169.254.169.254')
  url.pathname = '/metadata/identity/oauth2/token'
  url.search = String(new URLSearchParams({ 'api-version': '2018-02-01', ...parameters }))
  return { url, headers: { Metadata: 'true' } }
}
