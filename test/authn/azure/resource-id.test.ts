import assert from 'node:assert/strict'
import { test } from 'node:test'
import { managedResourceIn, resourceIn } from '#authn/azure/resource-id.ts'
import { SUBSCRIPTION } from './tenant.ts'

const id = (
  parts: Partial<Record<'subscription' | 'group' | 'providers', string>> = {},
): string => {
  const {
    subscription = SUBSCRIPTION,
    group = 'shop',
    providers = 'Microsoft.Web/sites/cart',
  } = parts
  return `/subscriptions/${subscription}/resourcegroups/${group}/providers/${providers}`
}

const cart = {
  subscription: SUBSCRIPTION,
  resourceGroup: 'shop',
  provider: 'microsoft.web',
  type: 'sites',
  name: 'cart',
}

test('a managed resource is told by its subscription, its group and its three parts', () => {
  assert.deepEqual(managedResourceIn(id()), cart)
  assert.deepEqual(managedResourceIn(id().slice(1)), cart)
})

test('names in other cases are the same, as Azure has it', () => {
  assert.deepEqual(managedResourceIn(id().toUpperCase()), cart)
  assert.deepEqual(managedResourceIn(id().replace('resourcegroups', 'resourceGroups')), cart)
})

test('`aliases`: letters that are like those of ASCII stay what they are', () => {
  for (const group of ['\u212Aeys', 'ſhop', 'ｓhop', 'shоp', 'İ']) {
    assert.equal(managedResourceIn(id({ group })).resourceGroup, group)
  }
})

/** What is no managed resource, by its code. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  CONJ00053E: [
    '',
    '/',
    'cart',
    `/subscriptions/${SUBSCRIPTION}`,
    `/subscriptions/${SUBSCRIPTION}/resourcegroups/shop`,
    `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Web/sites/cart`,
    `/resourcegroups/shop/providers/Microsoft.Web/sites/cart`,
    `/resourcegroups/shop/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Web/sites/cart`,
    `x${id()}`,
    `/x${id()}`,
    `/${id()}`,
    `\n${id()}`,
    id({ group: 'shop/x' }),
    id({ subscription: `${SUBSCRIPTION}/x` }),
    `${id()}\n`,
    id().replace('subscriptions', 'subscription'),
    id().replace('/providers/', '/providersx/'),
  ],
  CONJ00054E: [
    id().replace(/\/providers.*/, '/providers'),
    id({ providers: '' }),
    id({ providers: 'Microsoft.Web' }),
    id({ providers: 'Microsoft.Web/sites' }),
    id({ providers: 'Microsoft.Web/sites/' }),
    id({ providers: 'Microsoft.Web/sites/cart/' }),
    id({ providers: 'Microsoft.Web/sites/cart/slots/x' }),
    id({ providers: 'Microsoft.Web/sites/x/providers/Microsoft.ManagedIdentity/y/z' }),
  ],
  CONJ00052E: [
    id({ subscription: '' }),
    id({ subscription: 'shop' }),
    id({ subscription: `${SUBSCRIPTION}0` }),
    id({ subscription: SUBSCRIPTION.replaceAll('-', '') }),
    id({ group: '' }),
    id({ group: 'shop%2Fx' }),
    id({ group: 'shop x' }),
    id({ group: 'shop\u0000' }),
    id({ group: 'shop\u200b' }),
    id({ group: '*' }),
    id({ providers: 'Microsoft.Web//cart' }),
    id({ providers: '/sites/cart' }),
    id({ providers: 'Microsoft.Web/sites/cart?x' }),
    id({ providers: `Microsoft.Web/sites/${'x'.repeat(261)}` }),
    id({ group: 'x'.repeat(3000) }),
  ],
}

for (const [code, claims] of Object.entries(REFUSED)) {
  test(`what is no managed resource is refused with ${code}`, () => {
    for (const claim of claims) {
      assert.throws(
        () => managedResourceIn(claim),
        { code: 'unauthorized', message: new RegExp(`^${code}`) },
        JSON.stringify(claim),
      )
    }
  })
}

test('`regex-dos`: ids of any length are read in no time', () => {
  const started = performance.now()
  for (const claim of [
    `/subscriptions/${'/'.repeat(60_000)}`,
    id({ group: 'a'.repeat(60_000) }),
    `${id()}${'/a/a'.repeat(15_000)}`,
    '/subscriptions/a/resourcegroups/'.repeat(2000),
  ]) {
    assert.throws(() => managedResourceIn(claim), { code: 'unauthorized' })
    assert.equal(resourceIn(claim), undefined)
  }
  assert.ok(performance.now() - started < 500)
})

test('the bearer of an identity may be within another resource; what is none is nothing', () => {
  const set = id({ providers: 'Microsoft.Compute/virtualMachineScaleSets/s/virtualMachines/0' })
  assert.equal(resourceIn(set), set.toLowerCase())
  for (const claim of [undefined, null, 7, {}, '', 'x', id({ providers: 'a/b' }), `${id()}/x`]) {
    assert.equal(resourceIn(claim), undefined)
  }
})
