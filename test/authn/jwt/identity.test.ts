import assert from 'node:assert/strict'
import { test } from 'node:test'
import { door, podClaims, settingsWith, signed } from './issuer.ts'

const recognise = door()

/** The role of a token whose claim `name` is `value`, below `path`. */
async function roleFor(name: unknown, path: string | null = null): Promise<string> {
  const settings = settingsWith({ 'token-app-property': 'app', 'identity-path': path })
  const token = await signed({ ...podClaims, app: name })
  return (await recognise(token, { settings, login: undefined })).role
}

test('the request names a host, or a user', async () => {
  const token = await signed()
  for (const [login, role] of [
    ['host/shop/cart', 'acme:host:shop/cart'],
    ['alice', 'acme:user:alice'],
    ['user/alice', 'acme:user:alice'],
    ['group/x', 'acme:user:group/x'],
  ] as const) {
    assert.equal((await recognise(token, { login })).role, role)
  }
})

test('a claim names a host, below the identity path', async () => {
  assert.equal(await roleFor('cart'), 'acme:host:cart')
  assert.equal(await roleFor('cart', 'shop'), 'acme:host:shop/cart')
  assert.equal(await roleFor('a/b', 'shop/eu'), 'acme:host:shop/eu/a/b')
  assert.equal(
    await roleFor('system:serviceaccount:shop:cart', 'kube'),
    'acme:host:kube/system:serviceaccount:shop:cart',
  )
})

test('slashes are never doubled and never come first', async () => {
  assert.equal(await roleFor('//cart//x', '//shop//'), 'acme:host:shop/cart/x')
  assert.equal(await roleFor('/cart'), 'acme:host:cart')
})

test('a claim names a host and nothing else, whatever it begins with', async () => {
  assert.equal(await roleFor('host/cart'), 'acme:host:host/cart')
  assert.equal(await roleFor('user/admin'), 'acme:host:user/admin')
  assert.equal(await roleFor('admin'), 'acme:host:admin')
  assert.equal(await roleFor('other:user:admin'), 'acme:host:other:user:admin')
  assert.equal(await roleFor('../admin', 'shop'), 'acme:host:shop/../admin')
})

test('a claim within others names a host', async () => {
  const settings = settingsWith({
    'token-app-property': 'kubernetes.io/serviceaccount/name',
    'identity-path': 'kube/shop',
  })
  const { role } = await recognise(await signed(), { settings, login: undefined })
  assert.equal(role, 'acme:host:kube/shop/cart')
})

test('a claim that is missing, no string or empty names nobody', async () => {
  for (const [value, message] of [
    [undefined, /^CONJ00081E/],
    [null, /^CONJ00081E/],
    [7, /^CONJ00118E/],
    [true, /^CONJ00118E/],
    [['cart'], /^CONJ00118E/],
    [{ name: 'cart' }, /^CONJ00118E/],
    ['', /^CONJ00101E/],
  ] as const) {
    await assert.rejects(roleFor(value), { code: 'unauthorized', message })
  }
})

test('`kind-confusion`: members that every object inherits are no claims', async () => {
  for (const property of [
    'constructor',
    '__proto__',
    'toString',
    'app/length',
    'constructor/name',
  ]) {
    const settings = settingsWith({ 'token-app-property': property })
    const token = await signed({ ...podClaims, app: 'cart' })
    await assert.rejects(recognise(token, { settings, login: undefined }), {
      message: /^CONJ00081E/,
    })
  }
})

test('a name that cannot be that of a role is refused', async () => {
  for (const name of ['a\nb', 'x'.repeat(951), '/', '\ud800']) {
    await assert.rejects(roleFor(name), { code: 'unauthorized', message: /^CONJ00007E/ })
  }
  await assert.rejects(recognise(await signed(), { login: 'host/' }), {
    code: 'unauthorized',
    message: /^CONJ00007E/,
  })
})

test('the request and the configuration do not both name the role, and one of them does', async () => {
  const token = await signed()
  const settings = settingsWith({ 'token-app-property': 'sub' })
  for (const attempt of [{ settings }, { login: undefined }]) {
    await assert.rejects(recognise(token, attempt), {
      code: 'unauthorized',
      message: /^CONJ00098E/,
    })
  }
})
