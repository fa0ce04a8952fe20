import type { RequestListener } from 'node:http'
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { key as azureKey, machineClaims } from '../authn/azure/tenant.ts'
import { instanceClaims, key as googleKey } from '../authn/gcp/google.ts'
import { signed } from '../authn/jwt/issuer.ts'
import { exportsOn, startCloudScene } from './cloud-scene.ts'
import type { CloudScene, Variables } from './cloud-scene.ts'
import { questionsTo } from './platform-service.ts'
import { presetOn } from './preset-page.ts'

const stack = new AsyncDisposableStack()
let clouds: CloudScene

before(async () => {
  clouds = stack.use(await startCloudScene())
})
beforeEach(() => {
  clouds.platform.asked.length = 0
  clouds.platform.answer = undefined
})
after(() => stack.disposeAsync())

const seconds = (): number => Math.floor(Date.now() / 1000)

/** The metadata server of Google Cloud, on an instance of this project. */
const google =
  (project = 'shop-prod'): RequestListener =>
  (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', clouds.platform.url)
    const isAsked =
      request.headers['metadata-flavor'] === 'Google' &&
      pathname === '/computeMetadata/v1/instance/service-accounts/default/identity' &&
      searchParams.get('format') === 'full'
    if (!isAsked) {
      response.writeHead(403).end()
      return
    }
    const now = { iat: seconds(), exp: seconds() + 3600 }
    const engine = { project_id: project, instance_name: 'till-1', zone: 'europe-west1-b' }
    const aud = searchParams.get('audience')
    const claims = { ...instanceClaims, ...now, aud, google: { compute_engine: engine } }
    const flavor = { 'Metadata-Flavor': 'Google' }
    void signed(claims, googleKey).then((jwt) => response.writeHead(200, flavor).end(jwt))
  }

const GCP = (): Variables => ({
  ...exportsOn('authn-gcp'),
  CONJUR_AUTHN_LOGIN: 'host/shop/till',
  GCE_METADATA_HOST: clouds.platform.host,
})

test('an instance of Google Cloud reads its secret with every program, and each login asks anew', async () => {
  clouds.platform.answer = google()
  await clouds.assertReads(clouds.nodes.others, GCP())
  const query = 'audience=conjur%2Facme%2Fhost%2Fshop%2Ftill&format=full'
  const asked = `GET /computeMetadata/v1/instance/service-accounts/default/identity?${query}`
  assert.deepEqual(questionsTo(clouds.platform), Array(5).fill(asked))
})

test('a service account of another project gets nothing, and neither does one for another host', async () => {
  clouds.platform.answer = google('mallory')
  await clouds.assertRefused(clouds.nodes.others, GCP(), /^CONJ00049E/)
  clouds.platform.answer = google()
  const other = { ...GCP(), CONJUR_AUTHN_LOGIN: 'host/shop/receipts' }
  await clouds.assertRefused(clouds.nodes.others, other, /^CONJ00049E/)
})

const { claims: shownByAzure } = presetOn('authn-azure')

/** The identity service of Azure, for the identity of the page in this resource group. */
const azure =
  (path: string, header: readonly [string, string], group = 'Shop-Prod'): RequestListener =>
  (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', clouds.platform.url)
    if (request.headers[header[0]] !== header[1] || pathname !== path) {
      response.writeHead(400).end('{"error":"invalid_request"}')
      return
    }
    const subject = String(shownByAzure['xms_mirid']).replace('Shop-Prod', group)
    const now = { iat: seconds(), nbf: seconds(), exp: seconds() + 3600 }
    const claims = { ...machineClaims, ...now, aud: searchParams.get('resource') }
    void signed({ ...claims, xms_mirid: subject }, azureKey).then((jwt) =>
      response.end(JSON.stringify({ access_token: jwt, token_type: 'Bearer' })),
    )
  }

const AZURE = (): Variables => ({
  ...exportsOn('authn-azure'),
  AZURE_POD_IDENTITY_AUTHORITY_HOST: clouds.platform.url,
})

const MACHINE = ['/metadata/identity/oauth2/token', ['metadata', 'true']] as const

test('a machine of Azure reads its secret with every program', async () => {
  clouds.platform.answer = azure(...MACHINE)
  await clouds.assertReads(clouds.nodes.others, { ...AZURE(), CONJUR_AUTHN_AZURE_CLIENT_ID: 'c1' })
  const query = 'api-version=2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com%2F&client_id=c1'
  assert.deepEqual(questionsTo(clouds.platform), Array(5).fill(`GET ${MACHINE[0]}?${query}`))
})

test('a function of Azure does so by the secret that it was given for it', async () => {
  clouds.platform.answer = azure('/msi/token', ['x-identity-header', 'c4n4ry'])
  const more = { IDENTITY_ENDPOINT: `${clouds.platform.url}/msi/token`, IDENTITY_HEADER: 'c4n4ry' }
  assert.equal(
    (await clouds.get(clouds.nodes.others, { ...AZURE(), ...more })).stdout.trim(),
    'correct horse',
  )
})

test('another resource group, or a token for another resource than the server demands, gets nothing', async () => {
  clouds.platform.answer = azure(...MACHINE, 'mallory')
  await clouds.assertRefused(clouds.nodes.others, AZURE(), /^CONJ00049E/)
  clouds.platform.answer = azure(...MACHINE)
  const other = { ...AZURE(), STRONGROOM_AUTHN_AZURE_RESOURCE: 'api://other' }
  await clouds.assertRefused(clouds.nodes.others, other, /^CONJ00015E .*'aud'/)
})
