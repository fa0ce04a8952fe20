import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isPolicyLoad } from '#api/wire.ts'
import { jsonOf, startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'

const PASSWORD = 'Correct-Horse-4-Staples'

let installation: Installation
let node: TestNode

before(async () => {
  installation = await startInstallation()
  // Without a lock-out each guess is worked on like the first.
  node = await installation.start({ STRONGROOM_LOGIN_ATTEMPTS: '0' })
  const token = await node.tokenFor('admin', node.adminKey)
  const path = '/policies/acme/policy/root'
  const loaded = jsonOf(
    await node.as(token, { method: 'POST', path, body: '- !user alice\n- !user keyless\n' }),
    201,
  )
  assert.ok(isPolicyLoad(loaded))
  const key = loaded.created_roles['acme:user:alice']?.api_key ?? ''
  const changed = await node.send({
    method: 'PUT',
    path: '/authn/acme/password',
    headers: basic('alice', key),
    body: PASSWORD,
  })
  assert.equal(changed.status, 204)
})
after(() => installation[Symbol.asyncDispose]())

const basic = (login: string, secret: string): Readonly<Record<string, string>> => ({
  Authorization: `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`,
})

type Guess = () => ReturnType<TestNode['send']>

/** How long guesses took, in milliseconds, by what is behind their names. */
type Samples = ReadonlyMap<string, number[]>

/** Makes the guesses in turn, so that whatever else the machine does falls on all of them alike. */
async function measure(guesses: Readonly<Record<string, Guess>>, rounds: number): Promise<Samples> {
  const samples = new Map(Object.keys(guesses).map((name) => [name, [] as number[]]))
  const entries = Object.entries(guesses)
  for (let round = 0; round < rounds; round++) {
    // Each goes first as often as the others.
    for (let turn = 0; turn < entries.length; turn++) {
      const [name = '', guess] = entries[(round + turn) % entries.length] ?? []
      const startedAt = performance.now()
      const answer = await guess?.()
      samples.get(name)?.push(performance.now() - startedAt)
      assert.deepEqual([answer?.status, answer?.body.length], [401, 0])
    }
  }
  return samples
}

const medianOf = (times: readonly number[]): number =>
  times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0

/**
 * The chance that a guess of `one` takes longer than one of `other` (the statistic of Mann and Whitney): a half when their times say
 * nothing. Counted by ranks, equal times in the order of the lists.
 */
function chanceOfLonger(one: readonly number[], other: readonly number[]): number {
  const ranked = [
    ...one.map((time) => ({ time, isOne: true })),
    ...other.map((time) => ({ time, isOne: false })),
  ].toSorted((a, b) => a.time - b.time)
  let shorterOthers = 0
  let wins = 0
  for (const { isOne } of ranked) {
    if (isOne) wins += shorterOthers
    else shorterOthers += 1
  }
  return wins / (one.length * other.length)
}

/** That no two sorts of guesses can be told apart by their times: neither by the middle nor by the whole distribution. */
function assertAlike(samples: Samples, { ratio, chance }: Bounds): void {
  const sorts = [...samples]
  for (const [name, times] of sorts) {
    for (const [otherName, others] of sorts) {
      const pair = `${name}, ${otherName}`
      const quotient = medianOf(times) / medianOf(others)
      assert.ok(quotient < ratio, `${pair}: medians differ ${quotient.toFixed(3)} times`)
      const longer = chanceOfLonger(times, others)
      assert.ok(Math.abs(longer - 0.5) < chance, `${pair}: longer in ${longer.toFixed(3)}`)
    }
  }
}

/** How far the middles may differ, and how far the chance may be from a half, before somebody could be told apart. */
interface Bounds {
  readonly ratio: number
  readonly chance: number
}

const authenticate =
  (account: string, login: string): Guess =>
  () =>
    node.send({ method: 'POST', path: `/authn/${account}/${login}/authenticate`, body: 'wrong' })

const login =
  (name: string): Guess =>
  () =>
    node.send({ method: 'GET', path: '/authn/acme/login', headers: basic(name, 'wrong') })

test('`timing`: of 10,000 refused keys the time does not tell whether their user, their host or their account exists', async () => {
  const guesses = {
    'a user': authenticate('acme', 'alice'),
    'no user': authenticate('acme', 'nobody'),
    'no host': authenticate('acme', 'host%2Fnobody'),
    'no account': authenticate('nowhere', 'alice'),
  }
  // Connections and compiled code warm up on other names.
  await measure({ 'another name': authenticate('acme', 'keyless') }, 200)
  assertAlike(await measure(guesses, 2500), { ratio: 1.2, chance: 0.1 })
})

test('`timing`: the time of a refused password does not tell whether there is a user, or one who has a password', async () => {
  const guesses = {
    'a user': login('alice'),
    'no user': login('nobody'),
    'no password': login('keyless'),
  }
  await measure(guesses, 3)
  assertAlike(await measure(guesses, 60), { ratio: 1.3, chance: 0.3 })
})
