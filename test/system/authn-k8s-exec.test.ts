import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { WebSocket } from 'ws'
import { assertSilent, mustBe } from '../http/harness.ts'
import { CLIENT_PEM } from '../kubernetes/pod-world.ts'
import { openStandInWorld } from '../kubernetes/stand-in-world.ts'

for (const protocol of ['v5', 'v4', 'v3', 'v2'].map((version) => `${version}.`).concat('')) {
  test(`a certificate is placed over ${protocol}channel.k8s.io, and that it is there confirmed`, async () => {
    await using scene = await openStandInWorld()
    scene.cluster.protocols = [`${protocol}channel.k8s.io`]
    const login = await scene.world.host('cart')
    assert.match(await scene.admit(login), /^-----BEGIN CERTIFICATE-----\n/)
  })

  test(`that a certificate could not be placed is known over ${protocol}channel.k8s.io`, async () => {
    await using scene = await openStandInWorld()
    scene.cluster.protocols = [`${protocol}channel.k8s.io`]
    const login = await scene.world.host('cart')
    const folder = scene.cluster.folderOf('cart', 'authenticator')
    await rm(join(folder, 'etc/conjur/ssl'), { recursive: true })
    await scene.refuse(
      login,
      /^CONJ00072E The command in the pod failed: `.*exit.* code 2|^CONJ00072E .*status/,
    )
    const log = await scene.pod.read('authenticator', '/tmp/conjur_copy_text_output.log')
    assert.match(log ?? '', /client\.pem\.tmp/)
  })
}

test('a login works again after a certificate could not be placed', async () => {
  await using scene = await openStandInWorld()
  const login = await scene.world.host('cart')
  scene.cluster.onExec = (socket) => socket.close(1011)
  await scene.refuse(login, /^CONJ00072E The command in the pod was cut off: .*\(1011\)/)
  scene.cluster.onExec = undefined
  await scene.admit(login)
})

test('a folder for temporary files that cannot be written is no hindrance', async () => {
  await using scene = await openStandInWorld()
  const login = await scene.world.host('cart')
  const folder = join(scene.cluster.folderOf('cart', 'authenticator'), 'tmp')
  await rm(folder, { recursive: true })
  await writeFile(folder, 'a file')
  await scene.admit(login)
})

/** What a broken API server does with an `exec`, and what is known of it then. */
const BROKEN: readonly (readonly [string, (socket: WebSocket) => void, RegExp])[] = [
  [
    'ends without a status',
    (socket) => socket.close(1000),
    /^CONJ00072E .*the API server did not say how it ended/,
  ],
  [
    'says that all is well and shows nothing',
    (socket) => say(socket, 3, '{"status":"Success"}'),
    /^CONJ00072E The command in the pod did not end/,
  ],
  [
    'says that all is well and shows something else',
    (socket) => {
      say(socket, 1, 'placed nothing\n')
      say(socket, 3, '{"status":"Success"}')
    },
    /^CONJ00072E The command in the pod did not end/,
  ],
  [
    'has no such program',
    (socket) => say(socket, 3, '{"status":"Failure","message":"exec: \\"sh\\": not found"}'),
    /^CONJ00072E The command in the pod failed: `exec: "sh": not found/,
  ],
  ['answers on an unknown channel', (socket) => say(socket, 9, 'x'), /^CONJ00073E .* channel 9$/],
  ['answers on no channel', (socket) => socket.send(Buffer.of()), /^CONJ00073E .* channel none$/],
  [
    'says too much',
    (socket) => socket.send(Buffer.alloc((1 << 20) + 1, 1)),
    /^CONJ00072E The command in the pod was cut off/,
  ],
]

const say = (socket: WebSocket, channel: number, text: string): void =>
  socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(text)]))

for (const [name, behave, reason] of BROKEN) {
  test(`an API server that ${name} has placed no certificate`, async () => {
    await using scene = await openStandInWorld()
    const login = await scene.world.host('cart')
    scene.cluster.onExec = behave
    await scene.refuse(login, reason)
  })
}

test('a pod that does not take its certificate holds nobody up for longer than the settings say', async () => {
  await using scene = await openStandInWorld()
  const { world, cluster } = scene
  await world.node.load('- !variable kubernetes/exec-timeout\n', {
    branch: 'conjur/authn-k8s/prod',
  })
  await world.node.set('conjur/authn-k8s/prod/kubernetes/exec-timeout', '1')
  const login = await world.host('cart')
  cluster.onExec = () => undefined
  const begun = performance.now()
  await scene.refuse(login, /^CONJ00033E /)
  assert.ok(performance.now() - begun < 4000)
})

test('an API server that grants no exec is named in the trail', async () => {
  await using scene = await openStandInWorld()
  const { cluster, world } = scene
  const rights = cluster.tokens.get(cluster.access.token) ?? assert.fail()
  const login = await world.host('cart')
  for (const right of ['get pods/exec', 'create pods/exec']) {
    cluster.tokens.set(cluster.access.token, new Set([...rights].filter((one) => one !== right)))
    await scene.refuse(login, /^CONJ00071E .*answered with status 403$/)
  }
})

test('one certificate at a time is placed in a container', async () => {
  await using scene = await openStandInWorld()
  const { world, cluster, pod } = scene
  const login = await world.host('cart')
  const started = Promise.withResolvers<WebSocket>()
  cluster.onExec = started.resolve
  const first = world.inject(login, pod.name)
  const socket = await started.promise
  mustBe(503, await world.inject(login, pod.name))
  socket.close(1000)
  assertSilent(401, await first)
  cluster.onExec = undefined
  await scene.admit(login)
})

test('`k8s-attest`: a pod that takes the place of another while that gets its certificate gives it no login', async () => {
  await using scene = await openStandInWorld()
  const { world, cluster, pod } = scene
  const login = await world.host('cart')
  const begun = Promise.withResolvers<readonly [WebSocket, string]>()
  cluster.onExec = (socket) =>
    socket.once('message', (script: Buffer) => begun.resolve([socket, script.toString()]))
  const reply = world.inject(login, pod.name)
  const [socket, script] = await begun.promise
  await pod.remove()
  await cluster.start({ name: 'cart' })
  say(socket, 1, `${/'(placed [^']+)'/.exec(script)?.[1]}\n`)
  say(socket, 3, '{"status":"Success"}')
  assertSilent(401, await reply)
  assert.match(await world.reason(), /^CONJ00024E .* was replaced while it got its certificate$/)
  assert.equal(await pod.read('authenticator', CLIENT_PEM), undefined)
})
