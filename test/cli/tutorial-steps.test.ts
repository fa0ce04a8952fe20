import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEntryBody } from '#api/wire.ts'
import { GIVEN } from '#cli/tutorial/given.ts'
import { WIDTH, wrapped } from '#cli/tutorial/page.ts'
import type { Step, World } from '#cli/tutorial/step.ts'
import { STEPS } from '#cli/tutorial/steps.ts'
import { WORDS } from '#cli/tutorial/words.ts'

/** A record of the trail, in short. */
interface Happened {
  readonly who: 'user:admin' | 'host:app/web'
  readonly what: string
  readonly kind?: string
  readonly to?: string
  readonly failed?: true
}

/** A world in which this has happened since the step began, the last the newest. */
function worldAfter(happened: readonly Happened[], facts: Partial<World> = {}): World {
  const entries = happened.map(({ who, what, kind = what, to, failed }, index): AuditEntryBody => ({
    id: index + 1,
    event: {
      at: '2026-01-01T00:00:00.000Z',
      request: 'r',
      account: 'tutorial',
      kind,
      operation: what,
      result: failed === true ? 'failure' : 'success',
      user: `tutorial:${who}`,
      clientIp: '127.0.0.1',
      subject: to === undefined ? {} : { resource: `tutorial:${to}`, role: `tutorial:${to}` },
    },
  }))
  return {
    server: {
      check: async () => false,
      resourceExists: async () => false,
      roleExists: async () => false,
    },
    trail: async ({ role, operation, resource, result }) =>
      entries
        .filter(
          ({ event }) =>
            (role === undefined || event.user === `tutorial:${role}`) &&
            (operation === undefined || event.operation === operation) &&
            (resource === undefined || event.subject['resource'] === `tutorial:${resource}`) &&
            (result === undefined || event.result === result),
        )
        .toReversed(),
    appCanLogIn: async () => false,
    hasFile: () => false,
    ...facts,
  }
}

const PASSWORD = 'variable:app/password'
const allowed: World['server'] = {
  check: async () => true,
  resourceExists: async () => true,
  roleExists: async () => true,
}
const admin = (what: string, to?: string): Happened => ({
  who: 'user:admin',
  what,
  ...(to === undefined ? {} : { to }),
})
const app = (what: string, to?: string): Happened => ({ ...admin(what, to), who: 'host:app/web' })
const asked = (happened: Happened): Happened => ({ ...happened, kind: 'identity-check' })

const step = (name: string): Step => {
  const found = STEPS.find((each) => each.name === name)
  return found ?? assert.fail(name)
}

/** What each step lacks in a world, and `undefined` where it lacks nothing. */
const CASES: readonly (readonly [string, World, RegExp | undefined])[] = [
  ['look-around', worldAfter([]), /has not been asked who you are/],
  ['look-around', worldAfter([asked(app('check'))]), /has not been asked who you are/],
  ['look-around', worldAfter([asked(admin('check'))]), undefined],
  ['policy', worldAfter([]), /do the dry run first/],
  ['policy', worldAfter([admin('validate')]), /now load it/],
  [
    'policy',
    worldAfter([], { server: { ...allowed, check: async () => false } }),
    /may not read app\/password by it/,
  ],
  ['policy', worldAfter([], { server: allowed }), undefined],
  ['secret', worldAfter([]), /no value yet/],
  ['secret', worldAfter([{ ...admin('update', PASSWORD), failed: true }]), /no value yet/],
  ['secret', worldAfter([admin('update', PASSWORD)]), /now read it/],
  ['secret', worldAfter([admin('update', PASSWORD), admin('fetch', PASSWORD)]), undefined],
  ['workload', worldAfter([]), /cannot log in yet/],
  ['workload', worldAfter([], { appCanLogIn: async () => true }), /now ask who it is/],
  ['workload', worldAfter([asked(app('check'))]), undefined],
  ['run', worldAfter([admin('fetch', PASSWORD)]), /the app has not read/],
  ['run', worldAfter([app('fetch', PASSWORD)]), /app\.sh has not run/],
  ['run', worldAfter([app('fetch', PASSWORD)], { hasFile: () => true }), undefined],
  ['rotation', worldAfter([app('fetch', PASSWORD)]), /still has its old value/],
  [
    'rotation',
    worldAfter([app('fetch', PASSWORD), admin('update', PASSWORD)]),
    /the app has not read it/,
  ],
  [
    'rotation',
    worldAfter([admin('update', PASSWORD), app('fetch', PASSWORD)]),
    /still has its old API key/,
  ],
  [
    'rotation',
    worldAfter([
      admin('update', PASSWORD),
      app('fetch', PASSWORD),
      { ...admin('rotate', 'host:app/web'), kind: 'api-key' },
    ]),
    /the app does not have it/,
  ],
  [
    'rotation',
    worldAfter(
      [
        admin('update', PASSWORD),
        app('fetch', PASSWORD),
        { ...app('rotate', 'host:app/web'), kind: 'api-key' },
      ],
      { appCanLogIn: async () => true },
    ),
    undefined,
  ],
  ['why', worldAfter([]), /asked why/],
  ['why', worldAfter([admin('explain')]), /who else may/],
  ['why', worldAfter([admin('explain'), admin('access')]), undefined],
  ['revocation', worldAfter([], { server: allowed }), /may still read/],
  ['revocation', worldAfter([app('fetch', PASSWORD)]), /try to read once more/],
  ['revocation', worldAfter([{ ...app('fetch', PASSWORD), failed: true }]), undefined],
  ['audit', worldAfter([]), /nobody has read the trail/],
  ['audit', worldAfter([{ ...admin('list'), kind: 'audit' }]), undefined],
]

test('each step says what is missing until it is done', async () => {
  for (const [name, world, expected] of CASES) {
    const missing = await step(name).check?.(world)
    if (expected === undefined) assert.equal(missing, undefined, name)
    else assert.match(missing ?? '', expected, name)
  }
  const withCheck = STEPS.filter(({ check }) => check !== undefined)
  assert.deepEqual(new Set(CASES.map(([name]) => name)), new Set(withCheck.map(({ name }) => name)))
})

test('the policy is what later steps stand on', async () => {
  const { lasts } = step('policy')
  assert.equal(await lasts?.(worldAfter([], { server: allowed })), undefined)
  assert.match((await lasts?.(worldAfter([]))) ?? '', /not there any more/)
})

test('every step is told in a few short sentences, and its commands fit on a line', () => {
  assert.equal(new Set(STEPS.map(({ name }) => name)).size, STEPS.length)
  for (const { name, title, why, show, file, check, proved } of STEPS) {
    assert.match(name, /^[a-z-]+$/)
    assert.doesNotMatch(title, /\.$/)
    for (const paragraph of why) {
      assert.match(paragraph, /[.:]$/, name)
      for (const line of wrapped(paragraph, '  ')) assert.ok(line.length <= WIDTH, line)
    }
    if (check === undefined) assert.deepEqual([show, proved], [[], ''])
    else {
      const sentences = why.join(' ').match(/\.(?= [A-Z]|$)/g)?.length ?? 0
      assert.ok(sentences >= 2 && sentences <= 4, `${name}: ${sentences}`)
      assert.match(proved, /\.$/)
      assert.notEqual(show.length, 0, name)
    }
    if (file !== undefined) assert.ok(Object.hasOwn(GIVEN, file), file)
    const lines = show.flatMap(({ line, unattended }) => [line, unattended?.line ?? ''])
    for (const line of lines.flatMap((text) => text.split('\n'))) {
      assert.ok(line.length + 4 <= WIDTH, line)
      assert.ok(!Object.hasOwn(WORDS, line), line)
    }
  }
})

test('`argv/env`: no command of a step has a secret on its command line', () => {
  for (const { line, unattended } of STEPS.flatMap(({ show }) => show)) {
    for (const text of [line, unattended?.line ?? '']) {
      assert.doesNotMatch(text, /--value|-v |--password|-p |API_KEY|TOKEN/, text)
    }
  }
})
