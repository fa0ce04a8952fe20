import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** The real openssl, working in one folder. */
export interface OpenSsl {
  /** The output of a command, whose arguments hold no spaces; throws when it fails. */
  readonly run: (command: string) => Promise<string>
  readonly write: (name: string, text: string) => Promise<void>
  /** Makes `NAME.key` and `NAME.csr`: a key, of P-256 unless said otherwise, and a request that asks for more than it will get. */
  readonly request: (name: string, newKey?: string) => Promise<void>
}

const exec = promisify(execFile)

export function openSslIn(folder: string): OpenSsl {
  const run: OpenSsl['run'] = async (command) =>
    (await exec('openssl', command.split(' '), { cwd: folder })).stdout
  return {
    run,
    write: (name, text) => writeFile(join(folder, name), text),
    async request(name, newKey = 'ec -pkeyopt ec_paramgen_curve:prime256v1') {
      const wish =
        '-subj /CN=admin -addext basicConstraints=critical,CA:TRUE -addext subjectAltName=DNS:bank.example'
      await run(`req -new -nodes -newkey ${newKey} -keyout ${name}.key -out ${name}.csr ${wish}`)
    },
  }
}

const SIGNS = 'keyUsage=critical,keyCertSign,cRLSign'

/** Makes `root.pem` and below it the authority `ca.pem` with the key `ca.key`, and the same key under the passphrase `secret` in `locked.key`. */
export async function makeAuthority({ run, write }: OpenSsl): Promise<void> {
  const years = '-days 3650'
  await write('authority.cnf', `basicConstraints=critical,CA:TRUE\n${SIGNS}\n`)
  await run(
    `req -x509 -new -newkey rsa:2048 -nodes -keyout root.key -out root.pem ${years} -subj /O=acme/CN=root -addext ${SIGNS}`,
  )
  await run('req -new -newkey rsa:2048 -nodes -keyout ca.key -out ca.csr -subj /C=DE/O=acme/CN=ca')
  await run(
    `x509 -req -in ca.csr -CA root.pem -CAkey root.key ${years} -extfile authority.cnf -out ca.pem`,
  )
  await run('rsa -aes256 -passout pass:secret -in ca.key -out locked.key')
}
