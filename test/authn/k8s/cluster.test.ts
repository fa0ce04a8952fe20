import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterOf } from '#authn/k8s/cluster.ts'

test('an instance without the address of a cluster, in a server outside of any, is refused', async () => {
  const nowhere = (): Promise<undefined> => Promise.resolve(undefined)
  await assert.rejects(clusterOf(new Map(), nowhere), {
    code: 'unauthorized',
    message: /^CONJ00042E This server runs in no cluster/,
  })
})
