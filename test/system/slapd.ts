import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeCertificates } from './audit-certificates.ts'
import { eventually, isAlive, isListening, freePort } from './processes.ts'

const PROGRAM = '/usr/sbin/slapd'

/** The name below which everybody is, and the one that may search; nobody else may. */
export const BASE = 'dc=example,dc=org'
export const READER: string = `cn=reader,${BASE}`
export const READER_PASSWORD = 'r34d3r'

/** A real slapd with the certificates of {@link makeCertificates}, and people in it. */
export interface Slapd extends AsyncDisposable {
  readonly port: number
  /** Where it speaks TLS from the first byte. */
  readonly tlsPort: number
}

/** Starts a slapd in a folder with people, by their `uid`; everybody is in the group `staff` and has the password `PASSWORD of UID`. */
export async function startSlapd(
  folder: string,
  people: readonly string[],
  certificate: string = 'server',
): Promise<Slapd> {
  await makeCertificates(folder)
  const [port, tlsPort] = [await freePort(), await freePort()]
  const at = (name: string): string => join(folder, name)
  const pid = at('slapd.pid')
  await mkdir(at('data'))
  await writeFile(
    at('slapd.conf'),
    `${['core', 'cosine', 'nis', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`).join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
pidfile ${pid}
TLSCACertificateFile ${at('ca.pem')}
TLSCertificateFile ${at(`${certificate}.pem`)}
TLSCertificateKeyFile ${at(`${certificate}.key`)}
database mdb
suffix "${BASE}"
directory ${at('data')}
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${READER}" read by * none
`,
  )
  await writeFile(at('people.ldif'), ldif(people))
  await promisify(execFile)('/usr/sbin/slapadd', [
    '-q',
    '-f',
    at('slapd.conf'),
    '-l',
    at('people.ldif'),
  ])
  const addresses = `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${tlsPort}`
  const child = spawn(PROGRAM, ['-h', addresses, '-f', at('slapd.conf'), '-d', '0'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const exited = once(child, 'exit')
  // The file with its number is there before anybody can connect.
  for (const each of [port, tlsPort]) {
    await eventually(`slapd listens on ${each}`, 10_000, async () =>
      (await isListening(each)) ? true : undefined,
    )
  }
  return {
    port,
    tlsPort,
    async [Symbol.asyncDispose]() {
      if (child.pid !== undefined && isAlive(child.pid)) child.kill('SIGKILL')
      await exited
    },
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** RFC 4514 2.4: whatever may mean something in a name is escaped. */
const escaped = (value: string): string =>
  value.replaceAll(/[^A-Za-z0-9]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join(''),
  )

/** The distinguished name of somebody. */
export const nameOf = (uid: string): string => `uid=${escaped(uid)},ou=people,${BASE}`

/** The password of somebody. */
export const passwordOf = (uid: string): string => `${uid}'s pässword`

const STAFF = `cn=staff,${BASE}`

const person = (uid: string, index: number): string => `
dn:: ${base64(nameOf(uid))}
objectClass: account
objectClass: posixAccount
cn: somebody
uid:: ${base64(uid)}
uidNumber: ${index}
gidNumber: 1
homeDirectory: /nowhere
userPassword:: ${base64(passwordOf(uid))}
memberOf: ${STAFF}
`

const ldif = (people: readonly string[]): string => `
dn: ${BASE}
objectClass: dcObject
objectClass: organization
o: example
dc: example

dn: ou=people,${BASE}
objectClass: organizationalUnit
ou: people

dn: ${READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: reader
userPassword: ${READER_PASSWORD}
${people.map(person).join('')}`
