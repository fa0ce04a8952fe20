import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAuthorities } from '#authn/cert/authorities.ts'
import { trustedPath } from '#authn/cert/path.ts'
import { loadX509 } from '#crypto/x509-library.ts'
import {
  authorityExtensions,
  clientExtensions,
  make,
  makeAuthority,
  newKeys,
  NOW,
  rsa,
  usages,
} from './pki.ts'
import type { Made, Wish } from './pki.ts'

const x509 = await loadX509()
const { KeyUsageFlags: flags, ExtendedKeyUsage: purposes } = x509

const root = await makeAuthority()
const middle = await makeAuthority({ subject: 'CN=middle', by: root })
const client = await make({ by: middle })

const bundle = (...made: readonly Made[]): string => made.map(({ pem }) => pem).join('')

/** The subjects of the path of whoever shows these, by the trust in those. */
const pathOf = async (
  shown: readonly Made[],
  trusted: readonly Made[] = [root],
): Promise<string> => {
  const authorities = readAuthorities(bundle(...trusted))
  const path = await trustedPath(
    shown.map(({ der }) => der),
    authorities,
    NOW,
  )
  return path.map(({ subject }) => subject).join(' < ')
}

const rejects = (
  shown: readonly Made[],
  message: RegExp,
  trusted?: readonly Made[],
): Promise<void> => assert.rejects(pathOf(shown, trusted), { code: 'unauthorized', message })

test('a path leads through what the client shows, or what the bundle has, to a root of the bundle', async () => {
  assert.equal(await pathOf([await make({ by: root })]), 'CN=client < CN=root')
  const whole = 'CN=client < CN=middle < CN=root'
  assert.equal(await pathOf([client, middle]), whole)
  assert.equal(await pathOf([client], [root, middle]), whole)
  assert.equal(await pathOf([client, middle, root], [middle, root]), whole)
})

test('what a client shows besides, in whatever order, does no harm', async () => {
  const foreign = await makeAuthority({ subject: 'CN=foreign' })
  const lower = await makeAuthority({ subject: 'CN=lower', by: middle })
  const deep = await make({ by: lower })
  assert.equal(
    await pathOf([deep, foreign, root, lower, client, middle]),
    'CN=client < CN=lower < CN=middle < CN=root',
  )
})

test('nobody is trusted without a certificate, or with one that no root vouches for', async () => {
  await rejects([], /^CONJ00029E /)
  const foreign = await makeAuthority()
  await rejects([await make({ by: foreign })], /^CONJ00030E .*no authority of ca-cert/)
  await rejects([await make({ by: foreign }), foreign], /^CONJ00030E /)
  await rejects([await make()], /^CONJ00030E /)
  await rejects([client], /^CONJ00030E .*no authority/)
  const nothing = trustedPath([Buffer.from('no certificate')], readAuthorities(root.pem), NOW)
  await assert.rejects(nothing, { message: /^CONJ00030E .*cannot be read/ })
})

test('`cert-auth`: a root that the client shows, even one of the same name, is none', async () => {
  const twin = await makeAuthority()
  const own = await makeAuthority({ subject: 'CN=middle', by: twin })
  await rejects([await make({ by: own }), own, twin], /^CONJ00030E .*no authority/)
  await rejects([await make({ by: own }), own, middle, root], /^CONJ00030E .*no authority/)
})

test('a signature counts, not who is said to have signed', async () => {
  const forger = await makeAuthority({ subject: 'CN=middle', by: await makeAuthority() })
  await rejects([await make({ by: forger, issuer: 'CN=middle' }), middle], /^CONJ00030E /)
})

test('`cert-auth`: an expired intermediate, and whatever else is not valid now, breaks the path', async () => {
  const past = { from: -10, until: -1 }
  const future = { from: 1, until: 10 }
  const below = async (wish: Wish): Promise<readonly Made[]> => {
    const between = await makeAuthority({ subject: 'CN=between', by: root, ...wish })
    return [await make({ by: between }), between]
  }
  await rejects(await below(past), /^CONJ00032E .*CN=between.*expired/)
  await rejects(await below(future), /^CONJ00030E .*CN=between.*not valid yet/)
  await rejects([await make({ by: middle, ...past }), middle], /^CONJ00032E .*CN=client.*expired/)
  await rejects([await make({ by: middle, ...future }), middle], /^CONJ00030E .*not valid yet/)
  const old = await makeAuthority({ subject: 'CN=old', ...past })
  await rejects([await make({ by: old })], /^CONJ00032E .*CN=old/, [old])
  const reissued = await makeAuthority({ subject: 'CN=old', keys: old.keys })
  assert.equal(await pathOf([await make({ by: old })], [old, reissued]), 'CN=client < CN=old')
})

test('a certificate ends at the moment that it names, and begins there', async () => {
  const brief = await make({ by: root, from: 0, until: 1 })
  assert.equal(await pathOf([brief]), 'CN=client < CN=root')
  await rejects([await make({ by: root, from: -1, until: 0 })], /^CONJ00032E /)
})

/** Every way in which an authority between is not fit, each changed alone. */
const UNFIT: readonly (readonly [string, Wish, RegExp])[] = [
  ['no basic constraints', { extensions: [usages(flags.keyCertSign)] }, /not one of an authority/],
  ['no authority', { extensions: clientExtensions() }, /no authority of ca-cert/],
  [
    'no right to sign',
    { extensions: [new x509.BasicConstraintsExtension(true), usages(flags.cRLSign)] },
    /no authority of ca-cert/,
  ],
  [
    'for servers alone',
    {
      extensions: [
        ...authorityExtensions(),
        new x509.ExtendedKeyUsageExtension([purposes.serverAuth]),
      ],
    },
    /not for clients/,
  ],
  ['signed with SHA-1', { hash: 'SHA-1' }, /algorithm that is not taken/],
  [
    'name constraints',
    {
      extensions: [
        ...authorityExtensions(),
        new x509.Extension('2.5.29.30', false, Buffer.from('3000', 'hex')),
      ],
    },
    /name constraints/,
  ],
  [
    'a critical extension that is unknown',
    {
      extensions: [
        ...authorityExtensions(),
        new x509.Extension('1.2.3.4', true, Buffer.from('0500', 'hex')),
      ],
    },
    /not understood: 1\.2\.3\.4/,
  ],
  [
    'an extension twice',
    {
      extensions: [
        ...authorityExtensions(),
        new x509.Extension('1.2.3.4', false, Buffer.from('0500', 'hex')),
        new x509.Extension('1.2.3.4', false, Buffer.from('0500', 'hex')),
      ],
    },
    /extension twice/,
  ],
]

for (const [what, wish, message] of UNFIT) {
  test(`an authority between that is not fit breaks the path: ${what}`, async () => {
    const fit = await makeAuthority({ subject: 'CN=between', by: root })
    const unfit = await makeAuthority({ subject: 'CN=between', by: root, ...wish, keys: fit.keys })
    const below = await make({ by: fit })
    assert.equal(await pathOf([below, fit]), 'CN=client < CN=between < CN=root')
    await rejects([below, unfit], message)
    // Another certificate of the same authority still does.
    assert.equal(await pathOf([below, unfit, fit]), 'CN=client < CN=between < CN=root')
  })
}

/** Every way in which a client's own certificate is not fit. */
const UNFIT_CLIENT: readonly (readonly [string, Wish, RegExp])[] = [
  ['an authority', { extensions: authorityExtensions() }, /one of an authority, not of a client/],
  [
    'for servers alone',
    { extensions: [new x509.ExtendedKeyUsageExtension([purposes.serverAuth])] },
    /not for clients/,
  ],
  ['for encryption alone', { extensions: [usages(flags.keyEncipherment)] }, /key usage/],
  ['signed with SHA-1', { hash: 'SHA-1' }, /algorithm that is not taken/],
  [
    'a critical extension that is unknown',
    { extensions: [new x509.Extension('1.2.3.4', true, Buffer.from('0500', 'hex'))] },
    /not understood/,
  ],
]

for (const [what, wish, message] of UNFIT_CLIENT) {
  test(`a client whose certificate is not fit is not trusted: ${what}`, async () => {
    await rejects([await make({ by: root, ...wish })], message)
  })
}

test('a certificate that says nothing of its use is for everything', async () => {
  assert.equal(await pathOf([await make({ by: root, extensions: [] })]), 'CN=client < CN=root')
  const any = new x509.ExtendedKeyUsageExtension(['2.5.29.37.0'])
  assert.equal(await pathOf([await make({ by: root, extensions: [any] })]), 'CN=client < CN=root')
})

test('a path is no longer than each of its authorities allows, and those that renewed themselves do not count', async () => {
  const short = await makeAuthority({ subject: 'CN=short', extensions: authorityExtensions(0) })
  assert.equal(await pathOf([await make({ by: short })], [short]), 'CN=client < CN=short')
  const below = await makeAuthority({ subject: 'CN=below', by: short })
  await rejects([await make({ by: below }), below], /so long a path/, [short])
  const renewed = await makeAuthority({ subject: 'CN=short', by: short })
  assert.equal(
    await pathOf([await make({ by: renewed }), renewed], [short]),
    'CN=client < CN=short < CN=short',
  )
})

test('keys that are too weak, or of a kind that is not taken, are not trusted', async () => {
  const weak = await newKeys(rsa(1024))
  await rejects([await make({ by: root, keys: weak })], /key is too weak/)
  const between = await makeAuthority({ subject: 'CN=between', by: root, keys: weak })
  await rejects([await make({ by: between }), between], /no authority/)
  const strong = await newKeys(rsa(2048))
  assert.equal(await pathOf([await make({ by: root, keys: strong })]), 'CN=client < CN=root')
})

test('a path has an end, and the search for one too, whatever a client shows', async () => {
  let above = root
  const chain: Made[] = []
  for (let depth = 0; depth < 7; depth += 1) {
    above = await makeAuthority({ subject: `CN=depth ${depth}`, by: above })
    chain.unshift(above)
  }
  await rejects([await make({ by: above }), ...chain], /no authority/)
  // All of them could have signed each other, so that there are more paths than anybody could follow.
  const keys = await newKeys()
  const mesh = await Promise.all(
    Array.from({ length: 9 }, () => makeAuthority({ subject: 'CN=mesh', keys })),
  )
  await rejects([await make({ by: { ...client, ...mesh[0] } }), ...mesh], /too many authorities/)
})

test('a bundle without a root, or with what is no authority, vouches for nobody', async () => {
  const refused = { code: 'unauthorized', message: /^CONJ00030E / }
  for (const pem of [
    '',
    'no pem',
    middle.pem,
    bundle(root, client),
    `${root.pem}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    (await makeAuthority({ keys: await newKeys(rsa(1024)) })).pem,
    root.pem.repeat(101),
  ]) {
    assert.throws(() => readAuthorities(pem), refused)
  }
  const { roots, others } = readAuthorities(`comment\n${bundle(root, middle)}`)
  assert.deepEqual([roots.length, others.length], [1, 1])
})
