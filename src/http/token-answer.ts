import type { AccessToken } from '#app/tokens.ts'
import { json, text } from './answer.ts'
import type { Answer } from './answer.ts'
import type { Call } from './call.ts'

/** The token as JSON, or as one word of base64 for those who ask for that encoding (reference/conjur-api.md 1.6). */
export function tokenAnswer(call: Call, token: AccessToken): Answer {
  if (!acceptsBase64(call)) return json(200, token)
  return {
    ...text(200, Buffer.from(JSON.stringify(token)).toString('base64')),
    headers: ['Content-Encoding', 'base64'],
  }
}

const acceptsBase64 = (call: Call): boolean =>
  call
    .header('accept-encoding')
    .split(',')
    .some((encoding) => encoding.trim().toLowerCase() === 'base64')
