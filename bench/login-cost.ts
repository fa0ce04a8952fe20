/**
 * A yardstick: what the cryptography of a login with a JWT costs one core, which is to verify the JWT (RS256, RSA-2048) and to sign the
 * access token (RSA-2048). `node bench/login-cost.ts SECONDS` prints how many of both it does a second.
 */
import { generateKeyPairSync, sign, verify } from 'node:crypto'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const message = Buffer.alloc(600, 'x')
const signature = sign('sha256', message, privateKey)
const runMs = Number(process.argv[2]) * 1000

let done = 0
const began = performance.now()
while (performance.now() - began < runMs) {
  verify('sha256', message, publicKey, signature)
  sign('sha256', message, privateKey)
  done += 1
}
process.stdout.write(String((done * 1000) / (performance.now() - began)))
