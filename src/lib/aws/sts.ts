/** A part of AWS that has accounts, names and an authority of its own; a number of an account says something within one alone. */
export interface Partition {
  /** As ARNs spell it. */
  readonly name: string
  /** What the names of its hosts end in. */
  readonly domain: string
  /** What its regions are called, from beginning to end. */
  readonly region: RegExp
}

/** The words of a region behind those of its partition: `central-1`, `southeast-12`. */
const PLACE = String.raw`-[a-z]{2,12}-\d{1,2}`

const partition = (name: string, domain: string, prefix: string): Partition => ({
  name,
  domain,
  region: new RegExp(`^${prefix}${PLACE}$`),
})

/**
 * Every partition (the table of partitions that the SDKs of AWS have in common). Nothing but what one of the patterns describes may become
 * a part of the host that is called (attack `iam-region-injection`).
 */
export const PARTITIONS: readonly Partition[] = [
  partition('aws', 'amazonaws.com', '(?:af|ap|ca|eu|il|me|mx|sa|us)'),
  partition('aws-us-gov', 'amazonaws.com', 'us-gov'),
  partition('aws-cn', 'amazonaws.com.cn', 'cn'),
  partition('aws-eusc', 'amazonaws.eu', 'eusc-de'),
  partition('aws-iso', 'c2s.ic.gov', 'us-iso'),
  partition('aws-iso-b', 'sc2s.sgov.gov', 'us-isob'),
  partition('aws-iso-e', 'cloud.adc-e.uk', 'eu-isoe'),
  partition('aws-iso-f', 'csp.hci.ic.gov', 'us-isof'),
]

/** The partition that has a region of this name; `undefined` when it is the name of none. */
export const partitionOf = (region: string): Partition | undefined =>
  PARTITIONS.find((candidate) => candidate.region.test(region))

/** The host of the Security Token Service in a region of a partition. */
export const stsHost = (region: string, { domain }: Partition): string => `sts.${region}.${domain}`

/** The version of the API of the Security Token Service. */
export const STS_VERSION = '2011-06-15'

/** The namespace of its answers, in every partition. */
export const STS_NAMESPACE: string = `https://sts.amazonaws.com/doc/${STS_VERSION}/`
