import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Recognised } from '#app/authenticator.ts'
import { signed } from '../jwt/issuer.ts'
import {
  authenticatorIn,
  azure,
  confirm,
  identityClaims,
  key,
  machineClaims,
  presentTo,
  PRINCIPAL,
  SUBSCRIPTION,
} from './tenant.ts'

const as = async (claims: Readonly<Record<string, unknown>>): Promise<Recognised> =>
  presentTo(authenticatorIn(azure()), await signed(claims, key))

const machine = await as(machineClaims)
const identity = await as(identityClaims)

const place = {
  'authn-azure/subscription-id': SUBSCRIPTION,
  'authn-azure/resource-group': 'Shop-Prod',
}
const named = { ...place, 'authn-azure/user-assigned-identity': 'cart' }
const principal = { ...place, 'authn-azure/system-assigned-identity': PRINCIPAL }

test('a role demands a subscription and a group, and perhaps one of the two kinds of identity', async () => {
  await confirm(machine, place)
  await confirm(identity, place)
  await confirm(identity, named)
  await confirm(machine, principal)
})

test('annotations count for one service or for all, and the first override the second', async () => {
  await confirm(machine, {
    'authn-azure/prod/subscription-id': SUBSCRIPTION,
    'authn-azure/resource-group': 'Shop-Prod',
  })
  await confirm(machine, {
    ...place,
    'authn-azure/resource-group': 'other',
    'authn-azure/prod/resource-group': 'Shop-Prod',
  })
  await assert.rejects(confirm(machine, { ...place, 'authn-azure/prod/resource-group': 'other' }), {
    message: /^CONJ00049E/,
  })
  await confirm(machine, { ...place, 'authn-azure/test/resource-group': 'other' })
})

/** Each annotation changed alone. */
const MISMATCHES: readonly (readonly [string, Recognised, Readonly<Record<string, string>>])[] = [
  ['subscription-id', machine, place],
  ['resource-group', machine, place],
  ['user-assigned-identity', identity, named],
  ['system-assigned-identity', machine, principal],
]

for (const [name, recognised, annotations] of MISMATCHES) {
  test(`a role whose ${name} alone is another is refused`, async () => {
    await confirm(recognised, annotations)
    for (const value of ['other', '*', `${PRINCIPAL}0`, 'glob:**', 'cart ', ' ', '/cart']) {
      await assert.rejects(
        confirm(recognised, { ...annotations, [`authn-azure/${name}`]: value }),
        {
          code: 'unauthorized',
          message: new RegExp(`^CONJ00049E .*${name}`),
        },
      )
    }
  })
}

test('an identity of one kind is not one of the other, whatever it is called', async () => {
  await assert.rejects(confirm(machine, named), { message: /^CONJ00049E .*azure\.identity/ })
  await assert.rejects(confirm(identity, principal), { message: /^CONJ00049E .*identity\.kind/ })
})

test('names in other cases are the same; like-looking letters are not', async () => {
  for (const group of ['shop-prod', 'SHOP-PROD', 'Shop-Prod']) {
    await confirm(machine, { ...place, 'authn-azure/resource-group': group })
  }
  await confirm(identity, { ...named, 'authn-azure/user-assigned-identity': 'CART' })
  await confirm(machine, {
    ...principal,
    'authn-azure/system-assigned-identity': PRINCIPAL.toUpperCase(),
  })
  await assert.rejects(confirm(machine, { ...place, 'authn-azure/resource-group': 'ſhop-prod' }), {
    message: /^CONJ00049E/,
  })
})

test('a role without a subscription, or without a group, is refused', async () => {
  for (const name of ['subscription-id', 'resource-group'] as const) {
    const { [`authn-azure/${name}` as const]: _, ...rest } = named
    await assert.rejects(confirm(identity, rest), {
      code: 'unauthorized',
      message: `CONJ00057E The role does not have the required constraint ${name}`,
    })
  }
  for (const annotations of [
    {},
    { description: 'x' },
    { 'authn-azure/test/resource-group': 'x' },
  ]) {
    await assert.rejects(confirm(machine, annotations), { message: /^CONJ00057E/ })
  }
})

test('a role with both kinds of identity is refused', async () => {
  for (const prefix of ['authn-azure', 'authn-azure/prod']) {
    await assert.rejects(
      confirm(identity, { ...named, [`${prefix}/system-assigned-identity`]: PRINCIPAL }),
      { code: 'unauthorized', message: /^CONJ00055E/ },
    )
  }
})

test('an annotation that is not known, or is empty, is refused: it would restrict nothing', async () => {
  for (const name of ['subscription', 'Resource-Group', 'tenant-id', 'audience']) {
    for (const prefix of ['authn-azure', 'authn-azure/prod']) {
      await assert.rejects(
        confirm(machine, { ...place, [`${prefix}/${name}`]: 'x' }),
        { code: 'unauthorized', message: /^CONJ00050E/ },
        `${prefix}/${name}`,
      )
    }
  }
  await confirm(machine, { ...place, 'authn-azure/test/typo': 'x' })
  for (const name of ['authn-azure/prod/resource-group', 'authn-azure/user-assigned-identity']) {
    await assert.rejects(confirm(identity, { ...place, [name]: '' }), { message: /^CONJ00100E/ })
  }
})

test('what a role states in our spelling counts, also for what it must have', async () => {
  const stated = {
    'strongroom/attest/azure.subscription': SUBSCRIPTION,
    'strongroom/attest/azure.resource-group': '["shop-test", "shop-prod"]',
    'strongroom/attest/authn-azure/prod/azure.identity': 'glob:c*t',
    'strongroom/attest/azure.resource': 'glob:**/virtualmachines/cart',
  }
  await confirm(identity, stated)
  await assert.rejects(confirm(machine, stated), { message: /^CONJ00049E .*azure\.identity/ })
  await assert.rejects(
    confirm(identity, { ...stated, 'strongroom/attest/azure.resource-group': 'Shop-Prod' }),
    { message: /^CONJ00049E/ },
  )
  const { 'strongroom/attest/azure.subscription': _, ...rest } = stated
  await assert.rejects(confirm(identity, rest), { message: /^CONJ00057E .*subscription-id/ })
})
