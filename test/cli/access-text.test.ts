import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wayOf } from '#cli/why.ts'

const name = (id: string): string => id.replace('acme:', '')

const told = (ground: 'owner' | 'permission', ...path: (string | null)[]): string =>
  wayOf({ ground, path }, 'execute', 'acme:variable:v', name)

test('a way is told from the role to what lets it', () => {
  assert.equal(told('owner', 'acme:user:a'), 'user:a owns variable:v')
  assert.equal(
    told('permission', 'acme:user:a', 'acme:group:g', 'acme:group:h'),
    'user:a is a member of group:g, which is a member of group:h, which is permitted to execute variable:v',
  )
})

test('`deny-wins`: what may not be named is told as what cannot be seen', () => {
  assert.equal(
    told('owner', 'acme:user:a', null),
    'user:a is a member of a role you cannot see, which owns variable:v',
  )
})
