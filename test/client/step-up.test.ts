import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessToken } from '#client/access-token.ts'
import { openSession } from '#client/session.ts'
import type { Session } from '#client/session.ts'
import { steppingUp } from '#client/step-up.ts'
import type { ProveFactor } from '#client/step-up.ts'
import { fixedToken, renewedToken, steppableTokens } from '#client/token-holder.ts'
import type { SteppableTokens } from '#client/token-holder.ts'
import type { Answer, Call } from '#client/transport.ts'
import { Failure } from '#lib/failure.ts'

const token = (name: string): AccessToken => ({ authorization: name, json: '{}', lifeSeconds: 100 })

const answer = (status: number, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers,
  body: Buffer.alloc(0),
})

const DEMAND = answer(403, {
  'www-authenticate': 'Bearer error="insufficient_user_authentication", max_age=300',
})

const CALL: Call = { method: 'POST', path: '/x', body: 'b' }

interface Stage {
  readonly session: Session
  readonly tokens: SteppableTokens
  /** The tokens that calls came with. */
  readonly seen: (string | undefined)[]
}

/** A session whose server answers a token as `answerTo` says. */
function stage(
  answerTo: (bearer: string | undefined) => Answer | Promise<Answer>,
  prove?: ProveFactor,
): Stage {
  const seen: (string | undefined)[] = []
  const tokens = steppableTokens(
    fixedToken(() => token('plain')),
    () => 0,
  )
  const transport = {
    send: async ({ headers }: Call) => {
      seen.push(headers?.['Authorization'])
      return answerTo(headers?.['Authorization'])
    },
    close: () => undefined,
  }
  return {
    session: steppingUp(openSession('acme', transport, tokens), tokens, prove),
    tokens,
    seen,
  }
}

const wantsFactor = (bearer: string | undefined): Answer =>
  bearer === 'stepped' ? answer(200) : DEMAND

test('a call that is refused for want of a second factor is repeated with the token of the proof, as are later ones', async () => {
  const demands: string[] = []
  const { session, seen } = stage(wantsFactor, async ({ code }) => {
    demands.push(code)
    return token('stepped')
  })
  assert.equal((await session.succeed(CALL)).status, 200)
  assert.equal((await session.succeed(CALL)).status, 200)
  assert.deepEqual(demands, ['mfa_required'])
  assert.deepEqual(seen, ['plain', 'stepped', 'stepped'])
})

test('calls that are refused together share one proof', async () => {
  let proofs = 0
  const { session } = stage(wantsFactor, async () => {
    proofs += 1
    return token('stepped')
  })
  const answers = await Promise.all([session.ask(CALL), session.ask(CALL), session.ask(CALL)])
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  )
  assert.equal(proofs, 1)
})

test('a call that was refused before a proof which it hears of only afterwards asks for no other', async () => {
  const late = Promise.withResolvers<Answer>()
  let proofs = 0
  let plainCalls = 0
  const { session } = stage(
    (bearer) => {
      if (bearer === 'stepped') return answer(200)
      plainCalls += 1
      return plainCalls === 1 ? late.promise : DEMAND
    },
    async () => {
      proofs += 1
      return token('stepped')
    },
  )
  const slow = session.ask(CALL)
  assert.equal((await session.ask(CALL)).status, 200)
  late.resolve(DEMAND)
  assert.equal((await slow).status, 200)
  assert.equal(proofs, 1)
})

test('a demand that the proof did not meet is the outcome: nobody is asked twice for one call', async () => {
  let proofs = 0
  const { session } = stage(
    () => DEMAND,
    async () => {
      proofs += 1
      return token('stepped')
    },
  )
  await assert.rejects(session.succeed(CALL), { code: 'mfa_required', exitCode: 11 })
  assert.equal(proofs, 1)
})

test('what the proof throws is what the call throws, and the next call may ask again', async () => {
  let proofs = 0
  const { session } = stage(wantsFactor, async () => {
    proofs += 1
    if (proofs === 1) throw new Failure('mfa_refused', 'wrong')
    return token('stepped')
  })
  await assert.rejects(session.ask(CALL), { code: 'mfa_refused' })
  assert.equal((await session.ask(CALL)).status, 200)
})

test('nobody is asked for a refusal that a factor cannot lift, nor without somebody who proves', async () => {
  const never: ProveFactor = async () => assert.fail('asked')
  const body = JSON.stringify({ error: { code: 'mfa_required', message: 'hosts have none' } })
  const ofHost = { ...answer(403), body: Buffer.from(body) }
  for (const refusal of [answer(403), ofHost, answer(404, DEMAND.headers)]) {
    assert.equal((await stage(() => refusal, never).session.ask(CALL)).status, refusal.status)
  }
  await assert.rejects(stage(() => ofHost, never).session.succeed(CALL), { code: 'mfa_required' })
  await assert.rejects(stage(() => DEMAND).session.succeed(CALL), { code: 'mfa_required' })
})

test('the token of a proof is let go at 85 % of its life', async () => {
  let time = 0
  const tokens = steppableTokens(
    fixedToken(() => token('plain')),
    () => time,
  )
  tokens.stepUp(token('stepped'))
  time = 84_999
  assert.equal((await tokens.current()).authorization, 'stepped')
  time = 85_000
  assert.equal((await tokens.current()).authorization, 'plain')
})

test('a refused token of a proof takes the one before it along: the removal of a factor ends both', async () => {
  let issued = 0
  const plain = renewedToken(
    async () => token(`plain ${(issued += 1)}`),
    () => 0,
  )
  const tokens = steppableTokens(plain, () => 0)
  assert.equal((await tokens.current()).authorization, 'plain 1')
  const stepped = token('stepped')
  tokens.stepUp(stepped)
  assert.equal(tokens.refused(stepped), true)
  assert.equal((await tokens.current()).authorization, 'plain 2')
})

test('a call that names its token is sent with that one alone', async () => {
  const { session, tokens, seen } = stage(() => answer(401))
  tokens.stepUp(token('stepped'))
  const bearer = token('its own')
  await assert.rejects(session.ask({ ...CALL, bearer }), { code: 'unauthorized' })
  assert.deepEqual(seen, ['its own'])
})
