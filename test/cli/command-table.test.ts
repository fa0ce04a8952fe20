import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '#cli/command.ts'
import { commandsIn, isGroup } from '#cli/command.ts'
import { GLOBAL_OPTIONS } from '#cli/command-line.ts'
import { EXIT_CODES } from '#cli/exit-codes.ts'
import { COMMANDS, PROGRAMS } from '#cli/table.ts'
import { failureCodes } from '#lib/failure.ts'

const placed = commandsIn(COMMANDS)

/** The lines of the table, group by group. */
const siblings = (entries: readonly Entry[]): readonly (readonly Entry[])[] => [
  entries,
  ...entries.flatMap((entry) => (isGroup(entry) ? siblings(entry.commands) : [])),
]

test('every verb of the Conjur CLI is there under its name', () => {
  const names = new Set(placed.map(({ path }) => path.join(' ')))
  const verbs = [
    'init, login, logout, whoami, authenticate, check, list, pubkeys',
    'policy load, policy update, policy replace, policy fetch, variable get, variable set',
    'user rotate-api-key, user change-password, host rotate-api-key',
    'hostfactory tokens create, hostfactory tokens revoke, hostfactory hosts create',
    'resource exists, resource permitted-roles, resource show',
    'role exists, role show, role members, role memberships',
    'authenticator enable, authenticator disable, completion',
    'issuer create, issuer update, issuer get, issuer list, issuer delete',
  ].flatMap((line) => line.split(', '))
  for (const verb of verbs) assert.ok(names.has(verb), verb)
})

test('no two commands of a group share a name, nor two options of a command a letter', () => {
  for (const group of siblings(COMMANDS)) {
    const names = [...group, ...(group === COMMANDS ? PROGRAMS : [])].map(({ name }) => name)
    assert.equal(new Set(names).size, names.length, names.join(' '))
  }
  for (const { path, command } of placed) {
    const options = { ...GLOBAL_OPTIONS, ...command.options }
    const letters = Object.values(options).flatMap(({ short }) => short ?? [])
    assert.equal(new Set(letters).size, letters.length, path.join(' '))
  }
})

test('what is said of commands and options is said in one way', () => {
  for (const { path, command } of placed) {
    const { summary, description, examples, options = {}, positionals = [] } = command
    const facts = [...Object.values(options), ...positionals].map((fact) => fact.summary)
    for (const text of [summary, ...facts]) {
      assert.match(text, /^(?:[^A-Z]|[A-Z]{2,}|LDAP)/, text)
      assert.doesNotMatch(text, /\.$/, text)
    }
    if (description !== undefined) assert.match(description, /^[A-Z`~].*\.$/s, path.join(' '))
    assert.notEqual(examples.length, 0, path.join(' '))
    for (const example of examples)
      assert.ok(example.includes(`strongroom ${path.join(' ')}`), example)
  }
})

test('every exit code of a failure and of a command is in the list', () => {
  for (const { exit } of Object.values(failureCodes)) assert.ok(EXIT_CODES[exit], `${exit}`)
  for (const { command } of placed) {
    for (const code of Object.keys(command.exits ?? {})) assert.ok(EXIT_CODES[Number(code)], code)
  }
})

test('`argv/env`: an option that takes a secret says that others can see it', () => {
  const secrets = placed.flatMap(({ command }) =>
    Object.entries(command.options ?? {}).filter(([name]) =>
      ['password', 'value', 'data'].includes(name),
    ),
  )
  assert.ok(secrets.length >= 3)
  for (const [name, { summary }] of secrets) {
    assert.match(summary, /others on this machine can see it/, name)
  }
})
