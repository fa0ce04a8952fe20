import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompactSign } from 'jose'
import { confirm as hold, door, key, podClaims, settingsWith, signed } from './issuer.ts'

const recognise = door()

/** Holds the annotations `authn-jwt/kube/NAME` against a pod's token with more claims, in an instance with more settings. */
async function confirm(
  annotations: Readonly<Record<string, string>>,
  claims: Readonly<Record<string, unknown>> = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const token = await signed({ ...podClaims, ...claims })
  const recognised = await recognise(token, { settings: settingsWith(settings) })
  await hold(
    recognised,
    new Map(
      Object.entries(annotations).map(
        ([name, value]) => [`authn-jwt/kube/${name}`, value] as const,
      ),
    ),
    settingsWith(settings),
  )
}

const pod = {
  sub: 'system:serviceaccount:shop:cart',
  'kubernetes.io/namespace': 'shop',
  'kubernetes.io/serviceaccount/name': 'cart',
  'kubernetes.io/serviceaccount/uid': 'sa-uid',
  'kubernetes.io/pod/name': 'cart-7d4',
}

test('a pod agrees with the annotations that describe it', async () => {
  await confirm(pod)
})

test('a pod that differs in one claim alone is refused', async () => {
  for (const name of Object.keys(pod)) {
    await assert.rejects(
      confirm({ ...pod, [name]: 'other' }),
      { code: 'unauthorized', message: /^CONJ00049E/ },
      name,
    )
  }
})

test('annotations are exact: no wildcard, prefix, case or white space', async () => {
  for (const value of ['*', 'sho', 'shop*', 'Shop', ' shop', 'shop ', 'shop\n', '.*', 'ѕhop']) {
    await assert.rejects(confirm({ 'kubernetes.io/namespace': value }), { message: /^CONJ00049E/ })
  }
})

test('a claim that the token lacks is refused', async () => {
  for (const name of ['team', 'kubernetes.io/secret/name', 'sub/x', 'constructor', '__proto__']) {
    await assert.rejects(confirm({ [name]: 'x' }), { message: /^CONJ00084E/ }, name)
  }
  await assert.rejects(confirm({ team: 'null' }, { team: null }), { message: /^CONJ00084E/ })
})

test('a role without annotations of this very instance is refused', async () => {
  const recognised = await recognise(await signed())
  for (const annotations of [
    new Map<string, string>(),
    new Map([['description', 'cart']]),
    new Map([['authn-jwt/sub', pod.sub]]),
    new Map([['authn-jwt/kube2/sub', pod.sub]]),
    new Map([['authn-k8s/kube/sub', pod.sub]]),
    new Map([['Authn-jwt/kube/sub', pod.sub]]),
  ]) {
    await assert.rejects(hold(recognised, annotations), {
      code: 'unauthorized',
      message: /^CONJ00099E/,
    })
  }
})

test('annotations of other instances are passed over', async () => {
  const recognised = await recognise(await signed())
  await hold(
    recognised,
    new Map([
      ['authn-jwt/kube/sub', pod.sub],
      ['authn-jwt/ci/sub', 'other'],
      ['authn-jwt/team', 'other'],
    ]),
  )
})

test('an empty annotation, and one that names no claim, are refused', async () => {
  await assert.rejects(confirm({ sub: '' }), { message: /^CONJ00100E/ })
  for (const name of ['', '/', 'a//b', '/sub', 'sub/', '1a', 'a b', 'a[0]']) {
    await assert.rejects(confirm({ [name]: 'x' }), { message: /^CONJ00119E/ }, name)
  }
})

test('claims about the token itself restrict nothing', async () => {
  for (const name of ['iss', 'exp', 'nbf', 'iat', 'jti', 'aud']) {
    await assert.rejects(confirm({ ...pod, [name]: 'x' }), { message: /^CONJ00069E/ }, name)
  }
})

test('numbers and booleans agree with their literal', async () => {
  const claims = { run: 42, rate: 0.5, ref_protected: true, fork: false }
  await confirm({ run: '42', rate: '0.5', ref_protected: 'true', fork: 'false' }, claims)
  for (const [name, value] of Object.entries({
    run: '42.0',
    rate: '.5',
    ref_protected: 'True',
    fork: '',
  })) {
    await assert.rejects(confirm({ [name]: value }, claims), { code: 'unauthorized' })
  }
})

test('numbers beyond 53 bits are told apart by their digits', async () => {
  const payload = JSON.stringify(podClaims).replace('{', '{"run":9007199254740993,"one":1.0,')
  const token = await new CompactSign(Buffer.from(payload))
    .setProtectedHeader({ alg: key.alg, kid: 'key-1' })
    .sign(key.privateKey)
  const recognised = await recognise(token)
  await hold(recognised, new Map([['authn-jwt/kube/run', '9007199254740993']]))
  await hold(recognised, new Map([['authn-jwt/kube/one', '1.0']]))
  for (const [name, value] of [
    ['run', '9007199254740992'],
    ['one', '1'],
  ] as const) {
    await assert.rejects(hold(recognised, new Map([[`authn-jwt/kube/${name}`, value]])), {
      message: /^CONJ00049E/,
    })
  }
})

test('a list agrees with each of its strings, an object with nothing', async () => {
  const claims = { groups: ['dev', 'ops', 7, ['in']] }
  await confirm({ groups: 'ops' }, claims)
  for (const value of ['op', 'dev,ops', '["dev","ops"]', '7', 'in']) {
    await assert.rejects(confirm({ groups: value }, claims), { message: /^CONJ00049E/ }, value)
  }
  await assert.rejects(confirm({ 'kubernetes.io': '[object Object]' }), { message: /^CONJ00049E/ })
})

test('every enforced claim must be annotated', async () => {
  const settings = { 'enforced-claims': 'sub, kubernetes.io/namespace' }
  await confirm(pod, {}, settings)
  await assert.rejects(confirm({ sub: pod.sub }, {}, settings), {
    code: 'unauthorized',
    message: /^CONJ00057E .*kubernetes\.io\/namespace/,
  })
})

test('an alias stands for its claim, which then has no other name', async () => {
  const settings = {
    'claim-aliases': 'ns:kubernetes.io/namespace, account:kubernetes.io/serviceaccount/name',
    'enforced-claims': 'kubernetes.io/namespace',
  }
  await confirm({ ns: 'shop', account: 'cart' }, {}, settings)
  await assert.rejects(confirm({ ns: 'other' }, {}, settings), { message: /^CONJ00049E/ })
  await assert.rejects(confirm({ 'kubernetes.io/namespace': 'shop' }, {}, settings), {
    message: /^CONJ00069E/,
  })
})

test('an alias hides a claim of the same name in the token', async () => {
  const settings = { 'claim-aliases': 'ns:kubernetes.io/namespace' }
  await assert.rejects(confirm({ ns: 'prod' }, { ns: 'prod' }, settings), {
    message: /^CONJ00049E/,
  })
})

test('`error-canary`: a refusal names claims and never their values', async () => {
  const settings = settingsWith({ 'token-app-property': null })
  const token = await signed({ ...podClaims, team: 'CANARY-claim' })
  const recognised = await recognise(token, { settings })
  await assert.rejects(
    hold(recognised, new Map([['authn-jwt/kube/team', 'CANARY-annotation']])),
    (error) => error instanceof Error && !/CANARY/.test(error.message),
  )
})
