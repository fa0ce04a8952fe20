import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Recognised } from '#app/authenticator.ts'
import { signed } from '../jwt/issuer.ts'
import {
  accountClaims,
  authenticatorIn,
  confirm,
  google,
  instanceClaims,
  key,
  presentTo,
} from './google.ts'

const as = async (claims: Readonly<Record<string, unknown>>): Promise<Recognised> =>
  presentTo(authenticatorIn(google()), await signed(claims, key))

const instance = await as(instanceClaims)
const account = await as(accountClaims)

const byAccount = {
  'authn-gcp/service-account-id': '112179062720391305885',
  'authn-gcp/service-account-email': 'cart@shop-prod.iam.gserviceaccount.com',
}
const byInstance = {
  ...byAccount,
  'authn-gcp/project-id': 'shop-prod',
  'authn-gcp/instance-name': 'cart-1',
}

test('a role demands what its instance or its service account is', async () => {
  await confirm(instance, byInstance)
  await confirm(instance, byAccount)
  await confirm(account, byAccount)
})

for (const name of ['project-id', 'service-account-id', 'service-account-email'] as const) {
  test(`${name} alone is enough`, async () => {
    const annotation = `authn-gcp/${name}` as const
    await confirm(instance, { [annotation]: byInstance[annotation] })
  })
}

for (const annotation of Object.keys(byInstance)) {
  test(`a role whose ${annotation} alone is another is refused`, async () => {
    for (const value of ['other', '*', 'glob:**', 'shop-prod ', 'CART-1', 'shop', ' ']) {
      await assert.rejects(confirm(instance, { ...byInstance, [annotation]: value }), {
        code: 'unauthorized',
        message: new RegExp(`^CONJ00049E .*${annotation}`),
      })
    }
  })
}

test('what the token does not tell is refused: that of a function knows no instance', async () => {
  for (const name of ['project-id', 'instance-name']) {
    await assert.rejects(confirm(account, { ...byAccount, [`authn-gcp/${name}`]: 'x' }), {
      code: 'unauthorized',
      message: new RegExp(`^CONJ00068E .*${name}`),
    })
  }
  const { email: _, email_verified: __, ...standard } = accountClaims
  await assert.rejects(confirm(await as(standard), byAccount), {
    message: /^CONJ00068E .*service-account-email/,
  })
})

test('a role that demands nothing is refused, and one that demands what strangers can have', async () => {
  for (const annotations of [
    {},
    { description: 'x' },
    { 'authn-gcp/instance-name': 'cart-1' },
    { 'authn-gcp/prod/project-id': 'shop-prod' },
    { 'strongroom/attest/gcp.zone': 'europe-west1-b' },
    { 'strongroom/attest/authn-gce/gcp.project': 'shop-prod' },
  ]) {
    await assert.rejects(confirm(instance, annotations), {
      code: 'unauthorized',
      message:
        'CONJ00069E The role must have at least one of project-id, service-account-id, service-account-email',
    })
  }
})

test('an annotation that is not known, or is empty, is refused: it would restrict nothing', async () => {
  for (const name of ['project', 'Project-Id', 'zone', 'instance-id']) {
    await assert.rejects(confirm(instance, { ...byInstance, [`authn-gcp/${name}`]: 'x' }), {
      code: 'unauthorized',
      message: /^CONJ00050E/,
    })
  }
  for (const annotation of Object.keys(byInstance)) {
    await assert.rejects(confirm(instance, { ...byInstance, [annotation]: '' }), {
      message: /^CONJ00100E/,
    })
  }
})

test('what a role states in our spelling counts, also as the one that is needed', async () => {
  for (const [name, value, other] of [
    ['gcp.project', 'glob:shop-*', 'web'],
    ['gcp.project.number', '1071284184436', '1'],
    ['gcp.instance.id', '["1", "4570452845155348778"]', '1'],
    ['gcp.service-account.id', '112179062720391305885', '1'],
    ['gcp.service-account.email', 'glob:*@shop-prod.iam.gserviceaccount.com', 'glob:*@x'],
  ] as const) {
    await confirm(instance, { [`strongroom/attest/${name}`]: value })
    await assert.rejects(confirm(instance, { [`strongroom/attest/authn-gcp/${name}`]: other }), {
      message: new RegExp(`^CONJ00049E .*${name}`),
    })
  }
  const zone = { ...byInstance, 'strongroom/attest/gcp.zone': 'europe-west1-b' }
  await confirm(instance, zone)
  await assert.rejects(confirm(account, { ...byAccount, 'strongroom/attest/gcp.zone': 'x' }), {
    message: /^CONJ00049E Nothing tells/,
  })
})
