import { partitionOf, stsHost } from '#lib/aws/sts.ts'
import { Failure } from '#lib/failure.ts'

/** The region of a variable that names none: where the accounts of most customers began. */
export const USUAL_REGION = 'us-east-1'

/** Whether `text` is the name of a region. */
export const isRegion = (text: string): boolean => partitionOf(text) !== undefined

/** The address of the Security Token Service in a region; throws `unprocessable_entity` for what is none. */
export function stsEndpoint(region: string): string {
  const partition = partitionOf(region)
  if (partition === undefined) {
    throw new Failure('unprocessable_entity', 'the region of the secret is not the name of one')
  }
  return `https://${stsHost(region, partition)}/`
}
