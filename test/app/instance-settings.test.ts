import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AUTHENTICATOR_TYPES, settingsOfType } from '#app/authenticator-table.ts'
import { declaredValues, mustHaveShapes } from '#app/instance-settings.ts'
import { certificates, httpUri, seconds, truth } from '#app/setting-shapes.ts'

const instance = { account: 'acme', type: 'authn-azure', service: 'prod' }
const azure = { settings: settingsOfType('authn-azure') }
const values = (...entries: readonly (readonly [string, string | undefined])[]) => new Map(entries)

test('a setting that is required, and one that is declared, must have a value', () => {
  const id = 'acme:variable:conjur/authn-azure/prod/provider-uri'
  assert.throws(() => declaredValues(azure, instance, new Map()), {
    code: 'unauthorized',
    message: `CONJ00036E Missing required resource: ${id}`,
  })
  for (const value of [undefined, '', ' \n']) {
    assert.throws(() => declaredValues(azure, instance, values(['provider-uri', value])), {
      message: `CONJ00037E Missing value for resource: ${id}`,
    })
  }
  const declared = declaredValues(azure, instance, values(['provider-uri', ' https://x.example\n']))
  assert.deepEqual([...declared], [['provider-uri', 'https://x.example']])
})

test('`error-canary`: a value of the wrong shape is named by its variable, and not quoted', () => {
  const declared = new Map([['provider-uri', 'CANARY']])
  assert.throws(() => mustHaveShapes(azure, instance, declared), {
    code: 'unauthorized',
    message:
      'CONJ00037E The value of acme:variable:conjur/authn-azure/prod/provider-uri is not an https: or http: URI',
  })
  mustHaveShapes(azure, instance, new Map([['provider-uri', 'https://sts.windows.net/x/']]))
})

test('shapes take what fits and nothing else', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  for (const [shape, good, bad] of [
    [httpUri, ['https://x.example', 'http://x.example/y'], ['x.example', 'ftp://x.example', '']],
    [certificates, [pem, `# root\n${pem}${pem}`], ['PEM', '-----BEGIN CERTIFICATE-----']],
    [seconds(300), ['0', '300'], ['301', '-1', '1.5', '', 'x']],
    [truth, ['true', 'false'], ['yes', 'True', '']],
  ] as const) {
    for (const value of good) assert.equal(shape(value), undefined, value)
    for (const value of bad) assert.equal(typeof shape(value), 'string', value)
  }
})

test('every setting of the table says what it is for, and no two have one name', () => {
  for (const { authenticator } of AUTHENTICATOR_TYPES) {
    const settings = settingsOfType(authenticator)
    assert.equal(new Set(settings.map(({ variable }) => variable)).size, settings.length)
    for (const { meaning, variable } of settings) {
      assert.match(meaning, /^[^A-Z].*[^.]$/, `${authenticator} ${variable}`)
    }
  }
  assert.throws(() => settingsOfType('authn-nothing'), /not in the table/)
})
