import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { createTlsIdentity } from '#crypto/tls-identity.ts'
import { eventually } from './processes.ts'
import { mustBe, openRest } from './rest.ts'
import { serverHome } from './server-home.ts'

const NAMES = { hostnames: ['localhost'], addresses: ['127.0.0.1'], days: 2 }

/** The certificate that a server shows, whoever vouches for it. */
function shownBy(url: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    // Only the certificate is looked at; nothing is sent.
    const socket = connect(
      { host: hostname, port: Number(port), rejectUnauthorized: false },
      () => {
        const { raw } = socket.getPeerCertificate()
        socket.destroy()
        resolve(new X509Certificate(raw).fingerprint256)
      },
    )
    socket.once('error', reject)
  })
}

test('SIGHUP shows the renewed certificate; a broken one is reported and changes nothing', async () => {
  await using home = await serverHome()
  const cert = join(home.folder, 'cert.pem')
  const key = join(home.folder, 'key.pem')
  const renew = async (): Promise<string> => {
    const identity = await createTlsIdentity({ ...NAMES, now: new Date() })
    await writeFile(cert, identity.certPem)
    await writeFile(key, identity.keyPem)
    return identity.fingerprint256
  }
  const first = await renew()
  const server = await home.start({ flags: ['--tls-cert', cert, '--tls-key', key], certFile: cert })
  assert.equal(await shownBy(server.url), first)

  const second = await renew()
  process.kill(server.pid, 'SIGHUP')
  await eventually('the new certificate', 5000, async () => (await shownBy(server.url)) === second)

  await rm(key)
  process.kill(server.pid, 'SIGHUP')
  await eventually('the complaint', 5000, () =>
    server.lines.some((line) => line.includes('cannot reload') && line.includes(key)),
  )
  assert.equal(await shownBy(server.url), second)
})

test('no signal opens the debugger, which would show every value', async () => {
  await using home = await serverHome()
  const server = await home.start()
  process.kill(server.pid, 'SIGUSR1')
  // Asked twice: the signal is delivered before the second answer at the latest.
  const rest = openRest(server)
  for (const path of ['/readyz', '/readyz']) mustBe(200, await rest.get(path))
  rest.close()
  assert.ok(!server.lines.some((line) => line.includes('Debugger')), server.lines.join('\n'))
  assert.deepEqual(listenersOf(server.pid), [Number(new URL(server.url).port)])
  assert.equal(await server.stop(), 0)
})

/** The TCP ports on which a process listens. */
function listenersOf(pid: number): readonly number[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => targetOf(`/proc/${pid}/fd/${fd}`)),
  )
  return ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && inodes.has(`socket:[${inode}]`))
    .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16))
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    // It was closed since it was listed.
    return ''
  }
}
