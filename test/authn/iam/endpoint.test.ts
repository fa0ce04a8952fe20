import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PARTITIONS } from '#lib/aws/sts.ts'
import { endpointAt, endpointIn } from '#authn/iam/endpoint.ts'
import { bodyOf, door } from './door.ts'

test('each partition has its endpoints, and a region is of one partition', () => {
  const hosts: Readonly<Record<string, string>> = {
    'us-east-1': 'sts.us-east-1.amazonaws.com aws',
    'ap-southeast-12': 'sts.ap-southeast-12.amazonaws.com aws',
    'us-gov-west-1': 'sts.us-gov-west-1.amazonaws.com aws-us-gov',
    'cn-northwest-1': 'sts.cn-northwest-1.amazonaws.com.cn aws-cn',
    'eusc-de-east-1': 'sts.eusc-de-east-1.amazonaws.eu aws-eusc',
    'us-iso-east-1': 'sts.us-iso-east-1.c2s.ic.gov aws-iso',
    'us-isob-east-1': 'sts.us-isob-east-1.sc2s.sgov.gov aws-iso-b',
    'eu-isoe-west-1': 'sts.eu-isoe-west-1.cloud.adc-e.uk aws-iso-e',
    'us-isof-south-1': 'sts.us-isof-south-1.csp.hci.ic.gov aws-iso-f',
  }
  for (const [region, expected] of Object.entries(hosts)) {
    const endpoint = endpointIn(region)
    assert.equal(`${endpoint?.host} ${endpoint?.partition}`, expected)
    assert.deepEqual(endpointAt(endpoint?.host ?? ''), endpoint)
    assert.equal(PARTITIONS.filter((partition) => partition.region.test(region)).length, 1, region)
  }
  assert.deepEqual(endpointIn('global'), { host: 'sts.amazonaws.com', partition: 'aws' })
})

test('the endpoints with validated cryptography are those of their region', () => {
  assert.deepEqual(endpointAt('sts-fips.us-east-1.amazonaws.com'), {
    host: 'sts-fips.us-east-1.amazonaws.com',
    partition: 'aws',
    region: 'us-east-1',
  })
  assert.equal(endpointAt('sts-fips.amazonaws.com'), undefined)
})

/** Hosts that somebody could want this server to call. */
const HOSTS = [
  '',
  'evil.test',
  'amazonaws.com',
  'sts.amazonaws.com.evil.test',
  'sts.us-east-1.evil.test',
  'sts.us-east-1.evil.test/.amazonaws.com',
  'sts.us-east-1.amazonaws.com.evil.test',
  'sts.us-east-1.amazonaws.com/',
  'sts.us-east-1.amazonaws.com#.evil.test',
  'sts.us-east-1.amazonaws.com:443',
  'sts.us-east-1.amazonaws.com:8443',
  'sts.us-east-1.amazonaws.com@evil.test',
  'evil.test@sts.us-east-1.amazonaws.com',
  'evil.test/sts.us-east-1.amazonaws.com',
  'evil.test?sts.us-east-1.amazonaws.com',
  'evil.test\\sts.us-east-1.amazonaws.com',
  'evil.test\nsts.us-east-1.amazonaws.com',
  'sts.us-east-1.amazonaws.com\n',
  'sts.us-east-1.amazonaws.com\nevil.test',
  'sts.us-east-1.amazonaws.com\r\nHost: evil.test',
  'sts.us-east-1.amazonaws.com\0',
  'sts.us-east-1.amazonaws.com.',
  'sts.us-east-1..amazonaws.com',
  'sts。us-east-1。amazonaws。com',
  'sts.us-east-1．amazonaws.com',
  'sts.us-east-1%2eamazonaws.com',
  'sts.us-east-1/.amazonaws.com',
  'sts.us-east-1.evil.test/',
  'stsxus-east-1xamazonaws.com',
  'sts-us-east-1.amazonaws.com',
  'STS.us-east-1.amazonaws.com',
  'sts.US-EAST-1.amazonaws.com',
  'sts.us-east-1.AmazonAWS.com',
  'sts.us-east-1.s3.amazonaws.com',
  'sts.us-east-1.amazonaws.com.cn',
  'sts.cn-north-1.amazonaws.com',
  'sts.eusc-de-east-1.amazonaws.com',
  'sts.us-isob-east-1.amazonaws.com',
  'sts..amazonaws.com',
  'sts.us-east-.amazonaws.com',
  'sts.us-east-1000.amazonaws.com',
  'sts.xx-east-1.amazonaws.com',
  'sts.s3.amazonaws.com',
  'sts.127.0.0.1',
  '127.0.0.1',
  '169.254.169.254',
  '[::1]',
]

test('`iam-region-injection`: no host is called but those of the table, whatever was signed for', async () => {
  const { sts, bring } = door()
  for (const host of HOSTS) {
    assert.equal(endpointAt(host), undefined, host)
    await assert.rejects(
      bring(await bodyOf({ host })),
      { code: 'unauthorized', message: /^CONJ00018E/ },
      host,
    )
  }
  assert.deepEqual(sts.asked, [])
})

test('`iam-region-injection`: a region in the signature never becomes a part of a host', async () => {
  const { sts, bring } = door()
  const good = await bodyOf({ host: 'sts.amazonaws.com' })
  for (const region of [
    'us-east-1.evil.test',
    'evil.test/',
    'us-east-1@evil.test',
    '../us-east-1',
    'us east 1',
    'us-east-1\\n',
    'us-east-1。evil',
    '',
  ]) {
    const body = good.replace('/us-east-1/', `/${region}/`)
    await assert.rejects(bring(body), { message: /^CONJ00018E/ }, region)
  }
  assert.equal(sts.asked.length, 0)
  await bring(good)
  assert.equal(sts.asked[0]?.url.host, 'sts.amazonaws.com')
})

test('`iam-region-injection`: what is called is the fixed question, by GET and for this purpose', async () => {
  const { sts, bring } = door()
  await bring(await bodyOf({ region: 'eu-central-1' }))
  const [asked] = sts.asked
  assert.equal(
    asked?.url.href,
    'https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15',
  )
  assert.deepEqual([asked?.method, asked?.purpose], ['GET', 'aws'])
})

test('the host and the signature are of one region', async () => {
  const { sts, bring } = door()
  const body = await bodyOf({ region: 'eu-west-1', host: 'sts.eu-central-1.amazonaws.com' })
  await assert.rejects(bring(body), { message: /^CONJ00018E.*another region/ })
  assert.deepEqual(sts.asked, [])
})

test('a signature for us-east-1 is tried at no other host, which it could not be for', async () => {
  const { sts, bring } = door()
  sts.instead = () => ({ status: 503, body: Buffer.of() })
  await assert.rejects(bring(await bodyOf()), { message: /^CONJ00063E/ })
  assert.deepEqual(
    sts.asked.map(({ url }) => url.host),
    ['sts.us-east-1.amazonaws.com'],
  )
})

test('partitions that Conjur does not know are asked only where their regions are listed', async () => {
  const caller = { region: 'cn-north-1', host: 'sts.cn-north-1.amazonaws.com.cn' }
  const { sts, bring } = door()
  await assert.rejects(bring(await bodyOf(caller)), { message: /^CONJ00018E.*not among/ })
  await assert.rejects(bring(await bodyOf(caller), { regions: 'us-east-1,cn-northwest-1' }), {
    message: /^CONJ00018E.*not among/,
  })
  assert.equal(sts.asked.length, 0)
  sts.callers[0] = {
    ...(sts.callers[0] ?? assert.fail()),
    arn: 'arn:aws-cn:sts::123456789012:assumed-role/web/i-0abc',
  }
  await bring(await bodyOf(caller), { regions: 'us-east-1, cn-north-1' })
  assert.equal(sts.asked[0]?.url.host, 'sts.cn-north-1.amazonaws.com.cn')
})

test('where regions are listed, the others and the global endpoint are not asked', async () => {
  const { sts, bring } = door()
  const regions = 'eu-central-1'
  await assert.rejects(bring(await bodyOf(), { regions }), { message: /not among/ })
  const global = await bodyOf({ host: 'sts.amazonaws.com' })
  await assert.rejects(bring(global, { regions }), { message: /not among/ })
  await bring(global, { regions: `${regions},global` })
  await bring(await bodyOf({ region: regions, host: `sts-fips.${regions}.amazonaws.com` }), {
    regions,
  })
  assert.equal(sts.asked.length, 2)
})
