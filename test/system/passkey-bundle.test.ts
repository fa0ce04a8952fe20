import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isEnrolledFactor } from '#api/mfa-wire.ts'
import { fillPath, PATHS } from '#api/paths.ts'
import type { CreationOptions } from '#crypto/passkey.ts'
import { softAuthenticator } from '../crypto/soft-authenticator.ts'
import { jsonOf } from './node.ts'
import { ACCOUNT, mustBe } from './rest.ts'
import { serverHome } from './server-home.ts'

const ORIGIN = 'http://localhost:8080'

test('the server as it is shipped has the page, and takes passkeys', async () => {
  await using home = await serverHome()
  const server = await home.start({ flags: ['--tls', 'off', '--public-url', ORIGIN] })
  const rest = await home.admin(server)
  for (const path of [PATHS.mfaPage, PATHS.mfaPageScript, PATHS.mfaPageStyle]) {
    mustBe(200, await rest.get(path))
  }

  const post = async (path: string, body: object): Promise<unknown> => {
    const answer = await rest.send({ method: 'POST', path, body: JSON.stringify(body) })
    return jsonOf(answer, path === begin ? 201 : 200)
  }
  const begin = fillPath(PATHS.passkeyCeremonies, { account: ACCOUNT })
  const { id, options } = (await post(begin, { purpose: 'enrolment' })) as {
    readonly id: string
    readonly options: CreationOptions
  }
  const place = { account: ACCOUNT, id }
  const response = softAuthenticator({ origin: ORIGIN }).create(options)
  const answered = await post(fillPath(PATHS.passkeyResponse, place), { response })
  const enrolled = await post(fillPath(PATHS.passkeyCompletion, place), answered as object)
  assert.ok(isEnrolledFactor(enrolled))
  assert.equal(enrolled.factor.kind, 'passkey')
})
