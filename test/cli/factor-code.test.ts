import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FactorBody } from '#api/mfa-wire.ts'
import type { AccessToken } from '#client/access-token.ts'
import type { SecondFactorVerbs } from '#client/second-factors.ts'
import { codeIn, proofOf, withTypedCode } from '#cli/factor-code.ts'
import { factorProver } from '#cli/prove-factor.ts'
import type { Proving } from '#cli/prove-factor.ts'
import type { Terminal } from '#cli/terminal.ts'
import { Failure } from '#lib/failure.ts'

const refused = new Failure('mfa_refused', 'the code is wrong')

/** A person who types these answers without seeing them, and what was said to them. */
function person(...answers: string[]): {
  readonly terminal: Terminal
  readonly say: (text: string) => void
  readonly heard: string[]
} {
  const heard: string[] = []
  return {
    heard,
    say: (text) => void heard.push(text),
    terminal: {
      ask: () => assert.fail('asked in the open'),
      askHidden: async (question) => {
        heard.push(question)
        return answers.shift() ?? assert.fail('asked too often')
      },
    },
  }
}

test('a code is taken without the spaces that it is written with, and asked for again when it is refused', async () => {
  const { terminal, say, heard } = person('111 111', ' 222\u00A0222 ')
  const tried: string[] = []
  const result = await withTypedCode(
    { terminal, say },
    {
      question: 'Code: ',
      use: async (code) => {
        tried.push(code)
        if (code === '111111') throw refused
        return 'done'
      },
    },
  )
  assert.equal(result, 'done')
  assert.deepEqual(tried, ['111111', '222222'])
  assert.deepEqual(heard, ['Code: ', 'strongroom: the code is wrong; try again', 'Code: '])
})

test('after three wrong codes it is given up', async () => {
  const { terminal, say, heard } = person('1', '2', '3', '4')
  const use = async (): Promise<never> => {
    throw refused
  }
  await assert.rejects(withTypedCode({ terminal, say }, { question: '? ', use }), refused)
  assert.equal(heard.filter((text) => text === '? ').length, 3)
})

test('a failure of another kind ends it at once, and an empty answer reaches no server', async () => {
  const locked = new Failure('mfa_locked', 'too many')
  const { terminal, say } = person('1', '', '')
  const use = async (): Promise<string> => {
    throw locked
  }
  await assert.rejects(withTypedCode({ terminal, say }, { question: '? ', use }), locked)
  const never = async (): Promise<string> => assert.fail('sent')
  await assert.rejects(withTypedCode({ terminal, say }, { question: '? ', use: never }), {
    code: 'usage',
  })
  const instead = async (): Promise<string> => 'passkey'
  assert.equal(
    await withTypedCode({ terminal, say }, { question: '? ', use: never, instead }),
    'passkey',
  )
})

test('what has digits alone is the code of an app, anything else a recovery code', () => {
  assert.deepEqual(proofOf('012345'), { code: '012345' })
  assert.deepEqual(proofOf('01234567'), { code: '01234567' })
  for (const code of ['12345', '123456789', 'abcd-efgh', '1234-5678', '١٢٣٤٥٦']) {
    assert.deepEqual(proofOf(code), { recovery_code: code })
  }
})

test('the environment gives a code when it holds more than white space', () => {
  assert.equal(codeIn({ environment: { STRONGROOM_MFA_CODE: ' 123 456\n' } }), '123456')
  assert.equal(codeIn({ environment: { STRONGROOM_MFA_CODE: ' ' } }), undefined)
  assert.equal(codeIn({ environment: {} }), undefined)
})

const factor = (kind: FactorBody['kind']): FactorBody => ({
  id: kind,
  kind,
  name: kind,
  created_at: '2026-01-01T00:00:00.000Z',
  last_used_at: null,
})

/** The verbs of somebody with these factors, of which `123456` is a code. */
function owner(...kinds: FactorBody['kind'][]): SecondFactorVerbs {
  const unused = (): never => assert.fail('not for a proof')
  return {
    secondFactors: async () => ({ factors: kinds.map(factor), recovery_codes_left: 10 }),
    verifyFactor: async (proof) => {
      if ('code' in proof && proof.code === '123456') return stepped
      throw refused
    },
    enrolTotp: unused,
    enrolPasskey: unused,
    renewRecoveryCodes: unused,
    removeFactor: unused,
    resetFactors: unused,
    verifyPasskey: unused,
  }
}

const stepped: AccessToken = { authorization: 'stepped', json: '{}', lifeSeconds: 480 }
const demand = new Failure('mfa_required', '`execute` on `db` demands a second factor')

const prover = (proving: Partial<Proving>): ReturnType<typeof factorProver> =>
  factorProver({ terminal: undefined, say: () => undefined, environment: {}, ...proving })

test('the code of the environment is tried once, without asking anybody', async () => {
  const { terminal, say, heard } = person('123456')
  const prove = prover({ terminal, say, environment: { STRONGROOM_MFA_CODE: '123456' } })
  assert.equal(await prove(demand, owner('totp')), stepped)
  assert.deepEqual(heard, [])
  assert.equal(await prove(demand, owner('totp')), stepped)
  assert.deepEqual(heard, [
    'strongroom: `execute` on `db` demands a second factor',
    'Code of your authenticator app: ',
  ])
})

test('without a terminal and without a code the demand stands, with what can be done about it', async () => {
  await assert.rejects(prover({})(demand, owner('totp')), {
    code: 'mfa_required',
    message: demand.message,
    hint: /STRONGROOM_MFA_CODE.*`strongroom mfa verify`/,
  })
})

test('who has no factor is told how to get one, and who has a passkey may take it', async () => {
  const nobody = person()
  await assert.rejects(prover(nobody)(demand, owner()), {
    code: 'mfa_required',
    hint: /`strongroom mfa add totp`/,
  })
  for (const [kinds, question] of [
    [['totp', 'passkey'], 'Code of your authenticator app, or Enter to use a passkey: '],
    [['passkey'], 'Recovery code, or Enter to use a passkey: '],
  ] as const) {
    const somebody = person('123456')
    assert.equal(await prover(somebody)(demand, owner(...kinds)), stepped)
    assert.equal(somebody.heard.at(-1), question)
  }
})
