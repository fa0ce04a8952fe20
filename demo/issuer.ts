import { once } from 'node:events'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

/** A pod, as far as its token tells of it. */
export interface Pod {
  readonly namespace: string
  readonly serviceAccount: string
  readonly name: string
  readonly uid: string
}

/** Stands for the API server of a Kubernetes cluster: it publishes its keys and signs the tokens that it projects into pods. */
export interface Issuer {
  readonly issuer: string
  readonly jwksUri: string
  /** `host:port` of the key endpoint. */
  readonly address: string
  /** A token as the kubelet projects it into `pod` (kubernetes.md: TokenRequest, bound to a pod), good for an hour. */
  tokenFor(pod: Pod, audience: string): Promise<string>
  close(): void
}

/** Starts an issuer on a free port of the loopback interface. */
export async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const kid = crypto.randomUUID()
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] }
  const server = createServer((request, response) => {
    const found = request.url === '/openid/v1/jwks'
    response.writeHead(found ? 200 : 404, { 'Content-Type': 'application/jwk-set+json' })
    response.end(found ? JSON.stringify(keys) : undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const listening = server.address()
  const port = typeof listening === 'object' ? listening?.port : undefined
  const address = `127.0.0.1:${port}`
  const issuer = 'https://kubernetes.default.svc.cluster.local'
  return {
    issuer,
    jwksUri: `http://${address}/openid/v1/jwks`,
    address,
    tokenFor: ({ namespace, serviceAccount, name, uid }, audience) =>
      new SignJWT({
        'kubernetes.io': {
          namespace,
          serviceaccount: { name: serviceAccount, uid: crypto.randomUUID() },
          pod: { name, uid },
        },
      })
        .setProtectedHeader({ alg: 'ES256', kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(`system:serviceaccount:${namespace}:${serviceAccount}`)
        .setJti(crypto.randomUUID())
        .setIssuedAt()
        .setNotBefore('0s')
        .setExpirationTime('1h')
        .sign(privateKey),
    close: () => server.close(),
  }
}
