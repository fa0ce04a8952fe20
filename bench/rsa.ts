/** A yardstick: how many RSA-2048 signatures one core makes a second. `node bench/rsa.ts SECONDS` prints the number. */
import { generateKeyPairSync, sign } from 'node:crypto'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const message = Buffer.alloc(200, 'x')
const runMs = Number(process.argv[2]) * 1000

let signed = 0
const began = performance.now()
while (performance.now() - began < runMs) {
  sign('sha256', message, privateKey)
  signed += 1
}
process.stdout.write(String((signed * 1000) / (performance.now() - began)))
