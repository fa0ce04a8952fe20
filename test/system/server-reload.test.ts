import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { createTlsIdentity } from '#crypto/tls-identity.ts'
import { eventually } from './processes.ts'
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
