import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AuditEvent } from '#app/audit.ts'
import { openSink } from '#audit/sink.ts'
import type { AuditTarget } from '#audit/target.ts'
import { textLog } from '#lib/log.ts'
import { lacking } from '../../scripts/debian-packages.ts'
import { makeCertificates } from './audit-certificates.ts'
import { temporaryFolder } from './database.ts'
import type { TemporaryFolder } from './database.ts'
import { eventually, isAlive, freePort } from './processes.ts'

const needed = { skip: lacking('rsyslog', 'rsyslog-openssl') }

const events = (count: number): readonly AuditEvent[] =>
  Array.from({ length: count }, (_, n) => ({
    at: '2026-01-02T03:04:05.678Z',
    request: `r${n}`,
    account: 'acme',
    kind: 'policy',
    operation: 'add',
    result: 'success',
    user: 'acme:user:alice',
    clientIp: '192.0.2.1',
    subject: {
      resource: `acme:variable:"quo]ted\\ ü ${n}`,
      policy: 'acme:policy:root',
      version: 3,
    },
  }))

/** A real rsyslogd that writes what it understands of each record to a file, a line each. */
interface Rsyslogd extends AsyncDisposable {
  readonly port: number
  readonly output: string
}

async function startRsyslogd(folder: TemporaryFolder, modules: string): Promise<Rsyslogd> {
  const port = await freePort()
  const [config, output] = [join(folder.path, 'rsyslog.conf'), join(folder.path, 'records')]
  const fields = [
    'pri',
    'timestamp:::date-rfc3339',
    'app-name',
    'procid',
    'msgid',
    'structured-data',
  ]
  const template = [...fields, 'msg'].map((field) => `%${field}%`).join('|')
  await writeFile(
    config,
    `global(workDirectory="${folder.path}" parser.escapeControlCharactersOnReceive="off")
${modules}
input(type="imtcp" port="${port}" address="127.0.0.1")
template(name="all" type="string" string="${template}\\n")
*.* action(type="omfile" file="${output}" template="all" fileCreateMode="0644")
`,
  )
  const pid = join(folder.path, 'rsyslogd.pid')
  const child: ChildProcess = spawn('rsyslogd', ['-n', '-f', config, '-i', pid], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const exited = once(child, 'exit')
  await eventually('rsyslogd runs', 10_000, () => existsSync(pid) || undefined)
  return {
    port,
    output,
    async [Symbol.asyncDispose]() {
      if (child.pid !== undefined && isAlive(child.pid)) child.kill('SIGKILL')
      await exited
    },
  }
}

async function deliver(
  target: AuditTarget,
  output: string,
  count: number,
): Promise<readonly string[]> {
  const complaints: string[] = []
  const log = textLog(
    'warn',
    (line) => complaints.push(line),
    () => new Date(),
  )
  const sink = openSink(target, log)
  sink.write(events(count))
  const lines = await eventually(`${count} records: ${complaints.join('')}`, 20_000, async () => {
    if (!existsSync(output)) return undefined
    const written = (await readFile(output, 'utf8')).trimEnd().split('\n')
    return written.length >= count ? written : undefined
  })
  await sink.close()
  return lines
}

/** What rsyslogd understood must be what was meant, field by field. */
function mustBeUnderstood(lines: readonly string[]): void {
  for (const [n, line] of lines.entries()) {
    const [pri, at, app, request, kind, data, message] = line.split('|')
    assert.deepEqual([pri, app, request, kind], ['85', 'conjur', `r${n}`, 'policy'])
    assert.match(at ?? '', /^2026-01-02T03:04:05\.678/)
    assert.equal(
      data,
      `[auth@43868 user="acme:user:alice"][subject@43868 resource="acme:variable:\\"quo\\]ted\\\\ ü ${n}"]` +
        '[client@43868 ip="192.0.2.1"][action@43868 operation="add" result="success"]' +
        '[policy@43868 id="acme:policy:root" version="3"]',
    )
    assert.equal(message, `acme:user:alice added resource acme:variable:"quo]ted\\ ü ${n}`)
  }
}

test(
  'a real rsyslogd takes the records over TLS, from who shows a certificate, and understands every field',
  needed,
  async () => {
    await using folder = await temporaryFolder()
    await makeCertificates(folder.path)
    const at = (name: string): string => join(folder.path, name)
    await using daemon = await startRsyslogd(
      folder,
      `global(DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="${at('ca.pem')}"
  DefaultNetstreamDriverCertFile="${at('server.pem')}" DefaultNetstreamDriverKeyFile="${at('server.key')}")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/certvalid")`,
    )
    const target = { kind: 'tls', host: 'localhost', port: daemon.port, ca: at('ca.pem') } as const
    const known = { ...target, cert: at('client.pem'), key: at('client.key') }
    mustBeUnderstood(await deliver(known, daemon.output, 700))
  },
)

test('a real rsyslogd takes the records over plain TCP', needed, async () => {
  await using folder = await temporaryFolder()
  await using daemon = await startRsyslogd(folder, 'module(load="imtcp")')
  const target = { kind: 'tcp', host: '127.0.0.1', port: daemon.port } as const
  mustBeUnderstood(await deliver(target, daemon.output, 700))
})
