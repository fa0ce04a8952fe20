import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Route } from '#http/route.ts'
import { examplePath, kindFor } from './example-path.ts'
import { formOf, openMatrixWorld } from './matrix-world.ts'

/** Other spellings of a path that a careless router, a proxy or a file system takes for the same. */
const SPELLINGS: Readonly<Record<string, (path: string) => string>> = {
  'a dot segment in front': (path) => `/.${path}`,
  'two dots that lead back': (path) => `/whoami/..${path}`,
  'encoded dots that lead back': (path) => `/whoami/%2e%2e${path}`,
  'half-encoded dots that lead back': (path) => `/whoami/.%2E${path}`,
  'two slashes in front': (path) => `/${path}`,
  'a backslash in front': (path) => `/\\${path}`,
  'an encoded slash in front': (path) => `/%2F${path.slice(1)}`,
  'upper case': (path) => path.replace(/^\/[a-z_-]+/, (first) => first.toUpperCase()),
  'an encoded first letter, doubly': (path) =>
    path.replace(/^\/(.)/, (_, c: string) => `/%25${hex(c)}`),
  'a path parameter': (path) => path.replace(/^\/[a-z_-]+/, (first) => `${first};v=1`),
  'a NUL in the first segment': (path) => path.replace(/^\/[a-z_-]+/, (first) => `${first}%00`),
  'a dot at the end of the first segment': (path) =>
    path.replace(/^\/[a-z_-]+/, (first) => `${first}.`),
  'a space before the first segment': (path) => path.replace(/^\//, '/%20'),
  'a zero-width space': (path) => path.replace(/^\//, '/%E2%80%8B'),
  'a full-width letter': (path) => path.replace(/^\/./, '/%EF%BD%81'),
  'an overlong slash': (path) => path.replace(/^\//, '/%C0%AF'),
}

type Spelling = readonly [name: string, spell: (path: string) => string]

const hex = (character: string): string => character.charCodeAt(0).toString(16)

test('`path`: no route is reached by another spelling of its path, with a token or without', async () => {
  await using world = await openMatrixWorld()
  const ask = async ({ method, path }: Route, [spelling, spell]: Spelling): Promise<void> => {
    const question = { method, path: spell(examplePath(path, kindFor(path))) }
    const forms = [
      formOf(await world.caller('admin').send(question)),
      formOf(await world.caller('nobody').send(question)),
    ]
    // What is not well encoded is refused before anybody knows what it would be.
    const isUnreadable = forms.every((form) => form === '400')
    const isNowhere = forms.join() === '404 not_found,401 text/plain'
    assert.ok(isUnreadable || isNowhere, `${spelling}: ${method} ${question.path}: ${forms.join()}`)
  }
  const routes = world.routes.filter(({ path }) => path !== '/')
  assert.ok(routes.length > 40)
  for (const route of routes) {
    await Promise.all(Object.entries(SPELLINGS).map((spelling) => ask(route, spelling)))
  }
  // Nothing of it was done.
  const value = await world.admin.get('/secrets/acme/variable/db')
  assert.equal(formOf(value), '200 application/octet-stream')
})

/** Ids that a careless server takes for others, or falls over. */
const ODD = [
  '.',
  '..',
  '%2e%2e',
  '..%2Fshop',
  'a%2F..%2Fdb',
  'db%00',
  'db%0A',
  'db;x',
  '%5Cdb',
  'DB',
  'db%20',
  '%EF%BD%84b',
  '%E2%80%8Bdb',
]

test('`path`: an odd id in any place of any route is an id that is not there, never another one and never a crash', async () => {
  await using world = await openMatrixWorld()
  const ask = async ({ method, path }: Route, name: string, odd: string): Promise<void> => {
    const target = examplePath(path, { ...kindFor(path), [name]: odd })
    const { status } = await world.caller('viewer').send({ method, path: target, body: 'x' })
    const isEmptyList = status === 200 && method === 'GET'
    assert.ok((status >= 400 && status < 500) || isEmptyList, `${method} ${target}: ${status}`)
  }
  for (const route of world.routes) {
    const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
    await Promise.all(names.flatMap((name) => ODD.map((odd) => ask(route, name, odd))))
  }
})
