import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '#client/client.ts'
import { createClient } from '#client/client.ts'
import type { Credentials } from '#client/credentials.ts'
import { findEntry, withEntry, withoutEntry } from '#client/netrc.ts'
import { readTextFile, writePrivateFile } from '#client/private-file.ts'
import { Failure } from '#lib/failure.ts'
import type { Folder } from './folder.ts'
import { APP_CONFIGURATION } from './given.ts'
import { unfit } from './progress.ts'

/** The account of the tutorial. */
export const ACCOUNT = 'tutorial'

/** Under whom the tutorial itself asks, so that the trail tells it from the person. */
const GUIDE = 'guide'

/** The guide may read the audit trail, and do nothing else. */
const GUIDE_POLICY = `- !user ${GUIDE}
- !policy
  id: strongroom
  body:
    - !webservice audit
    - !permit { role: !user /${GUIDE}, privileges: [read], resource: !webservice audit }
`

const certificateIn = ({ data }: Folder): string => join(data, 'tls', 'cert.pem')

const open = (url: string, folder: Folder, credentials: Credentials): Client =>
  createClient({
    url,
    account: ACCOUNT,
    caPem: readFileSync(certificateIn(folder), 'utf8'),
    credentials,
  })

/** The administrator's first API key, which the server left in its data. */
function firstKey({ data }: Folder): string {
  const key = readTextFile(join(data, 'admin-api-key'))?.trim()
  if (key === undefined) throw unfit('the API key of its administrator is gone')
  return key
}

/** Makes the guide, or gives it another key if it is there already; the key is shown by nothing else. */
export async function makeGuide(url: string, folder: Folder): Promise<string> {
  const admin = open(url, folder, { kind: 'apiKey', login: 'admin', key: firstKey(folder) })
  try {
    await admin.loadPolicy({ branch: 'root', text: GUIDE_POLICY, mode: 'load' })
    return await admin.rotateApiKey(`user:${GUIDE}`)
  } finally {
    admin.close()
  }
}

/** The client of the guide. Throws `conflict` when the server does not know the key: its data is not what it was. */
export async function openGuide(url: string, folder: Folder, key: string): Promise<Client> {
  const client = open(url, folder, { kind: 'apiKey', login: GUIDE, key })
  try {
    await client.authenticate()
    return client
  } catch (error) {
    client.close()
    if (!(error instanceof Failure) || error.code !== 'unauthorized') throw error
    throw unfit('its server does not know it any more')
  }
}

/** Points the person and the app at the server, which has another port each time; their logins stay what they are. */
export function pointAt(url: string, folder: Folder): void {
  const { home, work } = folder
  configure(url, join(home, '.conjurrc'), join(home, '.netrc'), folder)
  configure(url, join(work, APP_CONFIGURATION), join(work, 'web.netrc'), folder)
}

function configure(url: string, file: string, netrc: string, folder: Folder): void {
  const before = /^appliance_url: (\S+)$/m.exec(readTextFile(file) ?? '')?.[1]
  const lines = [
    `account: ${ACCOUNT}`,
    `appliance_url: ${url}`,
    `cert_file: ${JSON.stringify(certificateIn(folder))}`,
    'authn_type: authn',
    `netrc_path: ${JSON.stringify(netrc)}`,
    'credential_storage: file',
  ]
  writePrivateFile(file, `${lines.join('\n')}\n`)
  if (before !== undefined && before !== url) moveLogin(netrc, before, url)
}

/** A login is kept under the URL of its server. */
function moveLogin(netrc: string, from: string, to: string): void {
  const text = readTextFile(netrc) ?? ''
  const entry = findEntry(text, `${from}/authn`)
  if (entry === undefined) return
  const moved = { ...entry, machine: `${to}/authn` }
  writePrivateFile(netrc, withEntry(withoutEntry(text, entry.machine), moved))
}

/** Logs the person in as the administrator, as `strongroom login` would. */
export function logIn(url: string, folder: Folder): void {
  const entry = { machine: `${url}/authn`, login: 'admin', password: firstKey(folder) }
  writePrivateFile(join(folder.home, '.netrc'), withEntry('', entry))
}
