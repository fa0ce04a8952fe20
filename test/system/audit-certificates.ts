import { openSslIn } from './openssl.ts'

const EC = 'ec -pkeyopt ec_paramgen_curve:prime256v1'

/**
 * Makes in a folder the authority `ca.pem`, and below it, with their keys in `NAME.key`: `server.pem` for localhost and 127.0.0.1,
 * `stranger.pem` for another name, and `client.pem` for a client. `other-ca.pem` vouches for none of them.
 */
export async function makeCertificates(folder: string): Promise<void> {
  const { run, write } = openSslIn(folder)
  const authority = (name: string): Promise<string> =>
    run(
      `req -x509 -new -nodes -newkey ${EC} -keyout ${name}.key -out ${name}.pem -days 2 -subj /CN=${name} -addext keyUsage=critical,keyCertSign,cRLSign`,
    )
  const issue = async (name: string, extensions: string): Promise<void> => {
    await write(`${name}.cnf`, extensions)
    await run(
      `req -new -nodes -newkey ${EC} -keyout ${name}.key -out ${name}.csr -subj /CN=${name}`,
    )
    await run(
      `x509 -req -in ${name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ${name}.cnf -out ${name}.pem`,
    )
  }
  await authority('ca')
  await authority('other-ca')
  await issue('server', 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n')
  await issue('stranger', 'subjectAltName=DNS:stranger.test\nextendedKeyUsage=serverAuth\n')
  await issue('client', 'extendedKeyUsage=clientAuth\n')
}
