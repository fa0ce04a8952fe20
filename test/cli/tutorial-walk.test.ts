import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPage } from '#cli/tutorial/page.ts'
import { BEGINNING } from '#cli/tutorial/progress.ts'
import type { Progress } from '#cli/tutorial/progress.ts'
import type { Step, World } from '#cli/tutorial/step.ts'
import { walk } from '#cli/tutorial/walk.ts'
import type { Place, Walk } from '#cli/tutorial/walk.ts'
import { Failure } from '#lib/failure.ts'

/** What the steps of these tests ask: whether a command was run since the step began. */
const WORLD: World = {
  server: {
    check: async () => false,
    resourceExists: async () => false,
    roleExists: async () => false,
  },
  trail: async () => [],
  appCanLogIn: async () => false,
  hasFile: () => false,
}

/** A walk over two steps and an end, each done once its command was run. */
interface Scene {
  readonly walk: Walk
  /** The commands that were run by the person (`$`) and performed (`!`), with their input. */
  readonly ran: readonly string[]
  readonly kept: readonly Progress[]
  readonly shown: () => string
}

function scene(
  typed: readonly string[] | undefined,
  { broken = false, lasts = (): string | undefined => undefined } = {},
): Scene {
  const ran: string[] = []
  const kept: Progress[] = []
  let shown = ''
  const step = (name: string, show: Step['show']): Step => ({
    name,
    title: `The step ${name}`,
    why: [`Why ${name}.`],
    show,
    check: async () =>
      !broken && ran.some((line) => line.includes(`do ${name}`)) ? undefined : `${name} is undone`,
    proved: `${name} is done.`,
    lasts: async () => lasts(),
  })
  const steps: readonly Step[] = [
    step('one', [{ line: 'do one' }]),
    step('two', [
      {
        line: 'do two',
        isSecret: true,
        unattended: { line: 'do two -f -', input: () => 'input', told: 'a value' },
      },
    ]),
    { name: 'end', title: 'The end', why: ['Go on.'], show: [], proved: '' },
  ]
  const place: Place = {
    since: () => WORLD,
    mark: async () => 7,
    run: async (line) => void ran.push(`$ ${line}`),
    perform: async (line, input) => {
      ran.push(`! ${line}${input === '' ? '' : ` < ${input}`}`)
      return 'printed "api_key": "k3y"\n'
    },
    text: () => '',
    keep: (progress) => kept.push(progress),
  }
  const answers = [...(typed ?? [])]
  return {
    walk: {
      steps,
      place,
      page: openPage((text) => (shown += text), false),
      ...(typed === undefined ? {} : { ask: async () => answers.shift() }),
      signal: new AbortController().signal,
    },
    ran,
    kept,
    shown: () => shown,
  }
}

test('a person does each step with commands of their own, and a wrong try says what is missing', async () => {
  const { walk: parts, ran, kept, shown } = scene(['ls', '', 'do one', 'do two'])
  assert.equal(await walk(parts, BEGINNING), true)
  assert.deepEqual(ran, ['$ ls', '$ do one', '$ do two'])
  assert.equal(shown().match(/not yet: one is undone/g)?.length, 2)
  assert.match(shown(), /ok: one is done\.[^]*2\/3 {2}The step two[^]*ok: two is done\.[^]*3\/3/)
  assert.deepEqual(kept.at(-1), { at: 3, marks: { one: 7, two: 7, end: 7 } })
})

test('hint shows the commands, skip does the step, back goes back, help lists the words', async () => {
  const { walk: parts, ran, shown } = scene(['help', 'hint', 'skip', 'back', '', 'skip'])
  assert.equal(await walk(parts, BEGINNING), true)
  assert.deepEqual(ran, ['! do one', '! do two -f - < input'])
  assert.match(shown(), /quit {2}leave; the next start goes on here/)
  assert.equal(shown().match(/^ {2}\$ do one$/gm)?.length, 4)
  assert.equal(shown().match(/1\/3 {2}The step one/g)?.length, 2)
})

test('back at the first step stays there', async () => {
  const { walk: parts, kept } = scene(['back', 'quit'])
  assert.equal(await walk(parts, BEGINNING), false)
  assert.equal(kept.at(-1)?.at, 0)
})

test('whoever leaves goes on at that step, with its beginning where it was', async () => {
  for (const leaving of [['do one', 'quit'], ['do one']]) {
    const { walk: parts, kept } = scene(leaving)
    assert.equal(await walk(parts, { ...BEGINNING, guideKey: 'g' }), false)
    assert.deepEqual(kept.at(-1), { at: 1, marks: { one: 7, two: 7 }, guideKey: 'g' })
  }
  const later = scene(['do two'])
  assert.equal(await walk(later.walk, { at: 1, marks: { one: 3, two: 5 } }), true)
  assert.deepEqual(later.kept.at(-1)?.marks, { one: 3, two: 5, end: 7 })
  assert.doesNotMatch(later.shown(), /The step one/)
})

test('a line that ends with a pipe goes on in the next one', async () => {
  const { walk: parts, ran } = scene(['make |', 'do one', 'do two'])
  assert.equal(await walk(parts, BEGINNING), true)
  assert.deepEqual(ran, ['$ make |\ndo one', '$ do two'])
})

test('without a person every step is performed, and no secret that a command prints is shown', async () => {
  const { walk: parts, ran, shown } = scene(undefined)
  assert.equal(await walk(parts, BEGINNING), true)
  assert.deepEqual(ran, ['! do one', '! do two -f - < input'])
  assert.match(shown(), /\$ do one\n {4}printed "api_key": "\(not shown here\)"/)
  assert.match(shown(), /\$ do two -f -\n {2}\(a value\)\n {2}\(it printed 24 characters/)
  assert.doesNotMatch(shown(), /k3y/)
})

test('without a person a step that does not hold ends the walk with a failure', async () => {
  const { walk: parts, kept } = scene(undefined, { broken: true })
  await assert.rejects(walk(parts, BEGINNING), {
    code: 'corrupt',
    message: 'step one does not hold: one is undone',
  })
  assert.equal(kept.at(-1)?.at, 0)
})

test('what the steps left must still be there when somebody comes back', async () => {
  const { walk: parts, ran } = scene(['do two'], { lasts: () => 'one is gone' })
  await assert.rejects(walk(parts, { at: 1, marks: {} }), {
    code: 'conflict',
    message: /no longer fits: one is gone/,
    hint: /--restart/,
  })
  assert.deepEqual(ran, [])
})

test('whoever is logged out is told how to log in, and a failure of the server is one of the walk', async () => {
  const refusing = (code: 'unauthorized' | 'unreachable'): Scene => {
    const made = scene(['x'])
    const step: Step = {
      name: 'ask',
      title: 'Ask',
      why: [],
      show: [],
      check: async () => {
        throw new Failure(code, 'no')
      },
      proved: '',
    }
    return { ...made, walk: { ...made.walk, steps: [step] } }
  }
  const out = refusing('unauthorized')
  assert.equal(await walk(out.walk, BEGINNING), false)
  assert.match(out.shown(), /not yet: you are not logged in as admin; /)
  await assert.rejects(walk(refusing('unreachable').walk, BEGINNING), { code: 'unreachable' })
})

test('a request to stop ends the walk before the next command', async () => {
  const stopping = new AbortController()
  const { walk: parts, ran } = scene(undefined)
  const place: Place = {
    ...parts.place,
    perform: async (...command) => {
      stopping.abort()
      return parts.place.perform(...command)
    },
  }
  assert.equal(await walk({ ...parts, place, signal: stopping.signal }, BEGINNING), false)
  assert.deepEqual(ran, ['! do one'])
})
