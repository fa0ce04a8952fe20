import { randomBytes } from 'node:crypto'

/** Loaded when it is needed: it takes longer than all the rest of the server. */
export async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

/** A new serial number: 127 random bits in hexadecimal, positive and never zero in the first byte (RFC 5280 4.1.2.2). */
export function newSerialNumber(): string {
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0)
  return bytes.toString('hex')
}
