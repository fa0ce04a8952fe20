import { partitionOf, stsHost } from '#lib/aws/sts.ts'

/** A host of the Security Token Service. */
export interface Endpoint {
  readonly host: string
  /** The partition whose callers it knows. */
  readonly partition: string
  /** Absent for the one host that is in no region. */
  readonly region?: string
}

/** What stands for the host that is in no region, where regions are listed. */
export const GLOBAL = 'global'

const GLOBAL_ENDPOINT: Endpoint = { host: 'sts.amazonaws.com', partition: 'aws' }

const HOST = /^sts(?<fips>-fips)?\.(?<region>[a-z0-9-]+)\./

/**
 * The endpoint that is called exactly so; `undefined` for every other text (attacks `iam-region-injection`, `host-header-reroute`). Nothing of the
 * text is taken over: the host is made anew from the region, by the table of partitions, and must be what the text says.
 */
export function endpointAt(text: string): Endpoint | undefined {
  if (text === GLOBAL_ENDPOINT.host) return GLOBAL_ENDPOINT
  const { fips, region = '' } = HOST.exec(text)?.groups ?? {}
  const endpoint = endpointIn(region)
  if (endpoint === undefined) return undefined
  // The endpoints with validated cryptography have a name of their own, and are in the same region.
  const host = fips === undefined ? endpoint.host : endpoint.host.replace(/^sts\./, 'sts-fips.')
  return host === text ? { ...endpoint, host } : undefined
}

/** The usual endpoint of a region, or of `global`; `undefined` when there is no such region. */
export function endpointIn(region: string): Endpoint | undefined {
  if (region === GLOBAL) return GLOBAL_ENDPOINT
  const partition = partitionOf(region)
  if (partition === undefined) return undefined
  return { host: stsHost(region, partition), partition: partition.name, region }
}
