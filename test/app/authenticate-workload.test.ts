import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admitWorkload } from '#app/authenticate-workload.ts'
import type { WorkloadParts } from '#app/authenticate-workload.ts'
import type { Authenticator } from '#app/authenticator.ts'
import { openGate } from '#app/gate.ts'
import { sharedAnnotations } from '#app/recognition.ts'
import { createRecorder } from '#app/recorder.ts'
import { openTrail } from '#app/trail.ts'
import { createKeyring, wrapDataKey } from '#crypto/keyring.ts'
import { makeId } from '#domain/id.ts'
import { Failure } from '#lib/failure.ts'
import { ACCOUNT, openNode } from '../http/harness.ts'

const POLICY = `
- !policy { id: conjur/authn-test/one, body: [!webservice] }
- !host job
- !host outsider
- !permit { role: !host job, privileges: [authenticate], resource: !webservice conjur/authn-test/one }
`

const keyring = createKeyring({
  masterKey: Buffer.alloc(32, 7),
  wrapped: [{ id: 1, wrapped: wrapDataKey(Buffer.alloc(32, 7), 1, Buffer.alloc(32, 9)) }],
})

const forbidden = (): never => {
  throw new Failure('forbidden', '`idp.example` is not among the hosts that may be called')
}

/** An authenticator that recognises whomever the request names, but for what a test has otherwise. */
const authenticator = (more: Partial<Authenticator> = {}): Authenticator => ({
  type: 'authn-test',
  settings: [],
  namedBy: () => 'request',
  conditions: () => [],
  recognise: async ({ account, login = '' }) => ({
    role: makeId(account, 'host', login),
    attributes: () => [],
  }),
  ...more,
})

test('`enumeration`: only a missing privilege is told as such; whatever else is forbidden is a refusal like others', async () => {
  await using node = await openNode()
  await node.load(POLICY)
  const { store, tokens } = node
  const parts: Omit<WorkloadParts, 'authenticators'> = {
    gate: await openGate(store, () => undefined),
    vault: keyring,
    recorder: createRecorder(openTrail(store), () => node.now),
    tokens,
    readAnnotations: sharedAnnotations(store),
    enabled: new Set(['authn-test/one']),
  }
  const admit = (
    own: Partial<Authenticator>,
    login = 'job',
    grant: () => Promise<string> = async () => 'granted',
  ): Promise<string> =>
    admitWorkload(
      { ...parts, authenticators: [authenticator(own)] },
      {
        operation: 'authenticate',
        proof: {
          type: 'authn-test',
          service: 'one',
          account: ACCOUNT,
          login,
          body: Buffer.of(),
        },
        origin: { clientIp: '192.0.2.1', request: 'r' },
      },
      grant,
    )
  assert.equal(await admit({}), 'granted')
  await assert.rejects(admit({}, 'outsider'), { code: 'forbidden', message: /^CONJ00006E/ })
  const usual = authenticator()
  const elsewhere: Readonly<Record<string, () => Promise<string>>> = {
    'while the proof is looked at': () => admit({ recognise: async () => forbidden() }),
    'while the conditions are read': () => admit({ conditions: forbidden }),
    'while attributes are found out': () =>
      admit({
        recognise: async (...proof) => ({
          ...(await usual.recognise(...proof)),
          attributes: forbidden,
        }),
      }),
    'while what it asked for is made': () => admit({}, 'job', async () => forbidden()),
  }
  for (const [when, attempt] of Object.entries(elsewhere)) {
    await assert.rejects(attempt(), { code: 'unauthorized' }, when)
    const record = (await node.trail()).findLast(({ kind }) => kind === 'authn')
    assert.match(JSON.stringify(record), /not among the hosts that may be called/)
  }
})
