/** The region of a variable that names none: where the accounts of most customers began. */
export const USUAL_REGION = 'us-east-1'

/**
 * What a region is called: `eu-central-1`, `us-gov-west-1`. Nothing else may become a part of the host that is called (attack
 * `iam-region-injection`).
 */
const REGION = /^[a-z]{2}(?:-[a-z]{2,12}){1,2}-\d{1,2}$/

/** Whether `text` is the name of a region. */
export const isRegion = (text: string): boolean => REGION.test(text)

/** The address of the Security Token Service in a region; those in China have a domain of their own. */
export const stsEndpoint = (region: string): string =>
  `https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`
