import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { isResourceList } from '#api/wire.ts'
import { ServerDidNotStart } from '../../scripts/server-process.ts'
import { Random } from '../domain/random.ts'
import {
  counterPolicy,
  type Ledger,
  newLedger,
  noteReading,
  startClients,
  variablesOf,
} from './crash-clients.ts'
import { eventually, mustHavePostmaster, signalTo } from './processes.ts'
import { mustBe, mustBeLoaded, type Rest } from './rest.ts'
import { type ServerHome, serverHome } from './server-home.ts'

const ROUNDS = 30
const COUNTERS = 3
const FIRST_STARTS = 6

/** The test with a seed that repeats its moments (as far as moments can be repeated). */
async function withSeed(run: (random: Random) => Promise<void>): Promise<void> {
  const seed = Number(process.env['STRONGROOM_TEST_SEED'] ?? randomInt(2 ** 31))
  try {
    await run(new Random(seed))
  } catch (error) {
    throw new Error(`STRONGROOM_TEST_SEED=${seed}: ${String(error)}`, { cause: error })
  }
}

test('whatever was acknowledged survives 30 kills at random moments (attacks `kill-9`, `linearizable`)', () =>
  withSeed(async (random) => {
    await using home = await serverHome()
    const ledger = newLedger(COUNTERS)
    await prepare(home, ledger)
    for (let round = 0; round < ROUNDS; round += 1) await crash(home, ledger, round, random)

    const admin = await home.admin(await home.start())
    await mustBeThere(admin, ledger)
    await mustBeAudited(admin, ledger)
  }))

test('a first start that is killed leaves what the next one completes, and the administrator has a key (attack `kill-9`)', () =>
  withSeed(async (random) => {
    await using home = await serverHome()
    for (let round = 0; round < FIRST_STARTS; round += 1) {
      const dataDir = join(home.folder, `first-${round}`)
      await killFirstStart(home, dataDir, random.below(400))
      const server = await home.start({ dataDir })
      mustBe(200, await (await home.admin(server)).get('/whoami'))
      assert.equal(await server.stop(), 0)
    }
  }))

/** Kills a first start so many milliseconds after its database came up: then it makes its keys, its account and its certificate. */
async function killFirstStart(home: ServerHome, dataDir: string, afterMs: number): Promise<void> {
  const death = new AbortController()
  const starting = home.start({ dataDir, death: death.signal }).catch((error: unknown) => error)
  const socket = join(dataDir, 'postgres', 'run', '.s.PGSQL.5432')
  await eventually('its database is up', 30_000, () => existsSync(socket) || undefined)
  await delay(afterMs)
  death.abort()
  const outcome = await starting
  if (outcome instanceof ServerDidNotStart) assert.equal(outcome.exitCode, null, outcome.message)
  else if (outcome instanceof Error) throw outcome
}

async function prepare(home: ServerHome, ledger: Ledger): Promise<void> {
  const server = await home.start()
  const admin = await home.admin(server)
  mustBeLoaded(await admin.load(counterPolicy(ledger)))
  for (const { id } of ledger.counters) mustBe(201, await admin.write(id, '0'))
  assert.equal(await server.stop(), 0)
}

/** Starts a server, holds it against the ledger, and kills it while its clients are at work. */
async function crash(
  home: ServerHome,
  ledger: Ledger,
  round: number,
  random: Random,
): Promise<void> {
  const server = await home.start()
  const admin = await home.admin(server)
  await mustBeThere(admin, ledger)
  const postmaster = mustHavePostmaster(home.dataDir)
  const clients = startClients(admin, ledger, round)
  // The moment of the kill is what is being varied; nothing is waited for.
  await delay(20 + random.below(380))
  clients.expectTheEnd()
  if (random.chance(30)) signalTo(postmaster, 'SIGKILL')
  await server.kill()
  await clients.done
}

/** Every acknowledged value and policy must be there, or a later one that was tried; and every policy as a whole or not at all. */
async function mustBeThere(admin: Rest, ledger: Ledger): Promise<void> {
  for (const counter of ledger.counters) {
    noteReading(counter, counter.certain, mustBe(200, await admin.read(counter.id)))
  }
  const listed: unknown = JSON.parse(
    mustBe(200, await admin.get('/resources/default/variable')).body.toString(),
  )
  assert.ok(isResourceList(listed))
  const present = new Set(listed.map(({ id }) => id.replace('default:variable:', '')))
  for (const load of ledger.tried) {
    const [one, other] = variablesOf(load).map((variable) => present.has(variable))
    assert.equal(one, other, `half of the policy ${load} is there`)
    if (ledger.loaded.has(load)) assert.ok(one, `the policy ${load} is lost`)
  }
}

/** Every value that a client received, and every change that was acknowledged to it, must be in the trail. */
async function mustBeAudited(admin: Rest, ledger: Ledger): Promise<void> {
  const trail = await admin.trail()
  const kinds = new Map<string, Set<string>>()
  for (const { event } of trail) {
    if (event.result !== 'success') continue
    const known = kinds.get(event.request) ?? new Set()
    kinds.set(event.request, known.add(event.kind))
  }
  assert.ok(ledger.audited.size > ROUNDS)
  for (const [request, kind] of ledger.audited) {
    assert.ok(
      kinds.get(request)?.has(kind),
      `the ${kind} of request ${request} is not in the trail`,
    )
  }
}
