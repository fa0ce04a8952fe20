import { parseJson } from '#client/json.ts'
import type { Answer } from '#client/transport.ts'
import type { AccessKey } from '#lib/aws/signature.ts'
import type { Platform, PlatformQuestion } from './platform.ts'
import { senseless } from './platform.ts'

/** The key in the JSON with which the services of AWS on a machine answer; throws `corrupt`, without showing any of it, when there is none. */
export function keyIn({ body }: Answer, platform: Platform, question: PlatformQuestion): AccessKey {
  const answer = parseJson(body.toString())
  const text = (name: string): string => {
    const value: unknown =
      typeof answer === 'object' && answer !== null ? Reflect.get(answer, name) : undefined
    if (typeof value === 'string' && value !== '') return value
    throw senseless(platform, question, 'holds no credentials')
  }
  return {
    accessKeyId: text('AccessKeyId'),
    secretAccessKey: text('SecretAccessKey'),
    sessionToken: text('Token'),
  }
}
