import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { readInCluster } from '#authn/kubernetes/in-cluster.ts'
import { temporaryFolder } from './database.ts'

test('the cluster of a pod is found by its environment and its files, as they are now', async () => {
  await using folder = await temporaryFolder()
  const environment = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '6443' }
  const read = readInCluster(environment, folder.path)
  await writeFile(join(folder.path, 'ca.crt'), 'PEM\n')
  for (const token of ['first', 'second']) {
    await writeFile(join(folder.path, 'token'), `${token}\n`)
    assert.deepEqual(await read(), { url: 'https://10.96.0.1:6443', token, caPem: 'PEM' })
  }
  const six = readInCluster({ KUBERNETES_SERVICE_HOST: 'fd00::1' }, folder.path)
  assert.equal((await six())?.url, 'https://[fd00::1]:443')
  await rm(join(folder.path, 'token'))
  await assert.rejects(read(), { code: 'unreachable', message: /no readable token/ })
})

test('outside of a cluster there is none', async () => {
  assert.equal(await readInCluster({})(), undefined)
  assert.equal(await readInCluster({ KUBERNETES_SERVICE_HOST: '' })(), undefined)
})
