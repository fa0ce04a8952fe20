import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placesOf } from '#cli/completion/places.ts'
import { COMMANDS, PROGRAMS } from '#cli/table.ts'
import { complete } from '#cli/tutorial/complete.ts'
import { standardFolder } from '#cli/tutorial/folder.ts'
import { openPage, wantsColours, WIDTH, wrapped } from '#cli/tutorial/page.ts'
import { BEGINNING, parseProgress, printProgress } from '#cli/tutorial/progress.ts'
import { STEPS } from '#cli/tutorial/steps.ts'
import { isolated } from '#cli/tutorial/surroundings.ts'
import { isUnfinished, wordIn } from '#cli/tutorial/words.ts'

const NAMES = ['one', 'two']

test('progress is read as it was written, at every step and at the end', () => {
  for (const at of [0, 1, 2]) {
    const progress = { at, marks: { one: 4 }, guideKey: 'key' }
    assert.deepEqual(parseProgress(printProgress(progress, NAMES), NAMES), progress)
  }
  assert.deepEqual(parseProgress(printProgress(BEGINNING, NAMES), NAMES), BEGINNING)
})

test('progress that another version wrote, or nobody, no longer fits', () => {
  const others = [
    '',
    'null',
    '[]',
    '{"version":2,"next":"one","marks":{}}',
    '{"version":1,"next":"three","marks":{}}',
    '{"version":1,"next":"one","marks":{"one":"x"}}',
    '{"version":1,"next":"one"}',
  ]
  for (const text of others) {
    assert.throws(() => parseProgress(text, NAMES), { code: 'conflict', hint: /--restart/ }, text)
  }
})

test('words of the tutorial are told from commands, and unfinished lines from whole ones', () => {
  assert.equal(wordIn(' hint '), 'hint')
  for (const line of ['strongroom hint', 'hint me', '', 'constructor']) {
    assert.equal(wordIn(line), undefined, line)
  }
  for (const line of ['a |', 'a \\', 'a &&']) assert.ok(isUnfinished(line), line)
  for (const line of ['a', '', 'a | b']) assert.ok(!isUnfinished(line), line)
})

test('text is broken between words, and no line is longer than the page', () => {
  const text = 'word '.repeat(60).trim()
  const lines = wrapped(text, '  ')
  assert.equal(lines.map((line) => line.trim()).join(' '), text)
  for (const line of lines) assert.ok(line.length <= WIDTH && line.startsWith('  '), line)
  assert.ok(wrapped('x'.repeat(100))[0]?.length === 100)
})

test('colours are for terminals that have some, unless NO_COLOR says no', () => {
  assert.equal(wantsColours(true, { TERM: 'xterm' }), true)
  assert.equal(wantsColours(true, { TERM: 'xterm', NO_COLOR: '' }), true)
  assert.equal(wantsColours(true, { TERM: 'xterm', NO_COLOR: '1' }), false)
  assert.equal(wantsColours(true, { TERM: 'dumb' }), false)
  assert.equal(wantsColours(false, { TERM: 'xterm' }), false)
  for (const hasColours of [true, false]) {
    let shown = ''
    openPage((part) => (shown += part), hasColours).good('yes')
    assert.equal(shown.includes('\u001B['), hasColours)
  }
})

test('`terminal-injection`: what a command prints cannot move the terminal', () => {
  let shown = ''
  openPage((part) => (shown += part), true).quote('a\u001B[2Jb\nc\rd\n')
  assert.equal(shown, '    a\\u001b[2Jb\n    c\\u000dd\n')
})

test('a tab completes the commands of the step, then whatever strongroom understands', () => {
  const places = placesOf(COMMANDS, PROGRAMS)
  const step = STEPS.find(({ name }) => name === 'workload') ?? assert.fail()
  const completed = (line: string): readonly string[] => complete(line, step, places)[0]
  assert.deepEqual(completed('CONJ'), ['CONJURRC=web.rc strongroom whoami'])
  assert.deepEqual(completed('strongroom host'), [
    'strongroom host rotate-api-key -i app/web | CONJURRC=web.rc strongroom login -i host/app/web',
  ])
  assert.deepEqual(completed('hi'), ['hint'])
  assert.deepEqual(completed('A=b stro'), ['strongroom'])
  assert.deepEqual(completed('strongroom var'), ['variable'])
  assert.deepEqual(completed('CONJURRC=web.rc strongroom variable g'), ['get'])
  assert.deepEqual(completed('strongroom policy load --dry'), ['--dry-run'])
  assert.deepEqual(completed('cat a'), [])
})

test('what the tutorial starts sees nothing that leads to the person’s own server or logins', () => {
  const environment = isolated(
    {
      PATH: '/usr/bin',
      LANG: 'C',
      HOME: '/home/alice',
      CONJURRC: '/home/alice/.conjurrc',
      CONJUR_APPLIANCE_URL: 'https://production',
      CONJUR_AUTHN_API_KEY: 'key',
      DATABASE_URL: 'postgres://production',
      STRONGROOM_MASTER_KEY: 'key',
      SUMMON_PROVIDER: 'x',
      JWT_TOKEN_PATH: '/token',
      XDG_CONFIG_HOME: '/home/alice/.config',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/bus',
      NODE_OPTIONS: '--inspect',
      UNSET: undefined,
    },
    { home: '/t/home', programs: '/t/bin' },
  )
  assert.deepEqual(environment, {
    PATH: '/t/bin:/usr/bin',
    LANG: 'C',
    HOME: '/t/home',
    CONJUR_CREDENTIAL_STORAGE: 'file',
  })
})

test('the folder is among the state of the user, and where root’s database can reach it', () => {
  assert.equal(
    standardFolder({}, '/home/alice', false),
    '/home/alice/.local/state/strongroom/tutorial',
  )
  assert.equal(standardFolder({}, '/root', true), '/var/lib/strongroom-tutorial')
  assert.equal(standardFolder({ XDG_STATE_HOME: '/s' }, '/root', true), '/s/strongroom/tutorial')
  assert.equal(
    standardFolder({ XDG_STATE_HOME: 'relative' }, '/h', false),
    '/h/.local/state/strongroom/tutorial',
  )
})
