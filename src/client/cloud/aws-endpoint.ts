import type { Environment } from '#client/settings.ts'
import { given } from '#client/settings.ts'
import { partitionOf, stsHost } from '#lib/aws/sts.ts'
import { Failure, quoted } from '#lib/failure.ts'

/** A region, and where its Security Token Service is. */
export interface AwsEndpoint {
  readonly region: string
  readonly host: string
}

/** The region that the environment names, or else the one host that is in none; throws `configuration` for a region that there is not. */
export function awsEndpoint(environment: Environment): AwsEndpoint {
  const region = given(environment['AWS_REGION']) ?? given(environment['AWS_DEFAULT_REGION'])
  if (region === undefined) return { region: 'us-east-1', host: 'sts.amazonaws.com' }
  const partition = partitionOf(region)
  if (partition !== undefined) return { region, host: stsHost(region, partition) }
  throw new Failure('configuration', `${quoted(region)} is no region of AWS`, {
    hint: 'AWS_REGION, or else AWS_DEFAULT_REGION, names the region that is signed for, for example eu-central-1',
  })
}
