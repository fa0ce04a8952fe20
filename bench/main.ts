/**
 * `npm run bench`: how fast and how small, as ratios against a yardstick that is measured in turns with it in the same run. Absolute numbers
 * say as much of the machine as of the program. Plain HTTP on both sides: TLS costs both the same. Takes about five minutes.
 */
import { cpus } from 'node:os'
import { batchPaths, openFixture, secretPaths } from './fixture.ts'
import type { Fixture } from './fixture.ts'
import type { LoadPlan, LoadResult } from './load.ts'
import { authentication } from './authentication.ts'
import { fillWorld, graphCosts, policyLoads } from './large.ts'
import { ms, perSecond, row, say } from './print.ts'
import { workloads } from './workloads.ts'
import { descendantsOf, load, median, startBareServer, usageOf } from './processes.ts'
import { runner } from './runner.ts'

const ROUNDS = 5
const BATCH = 20

function planFor(fixture: Fixture, plan: Partial<LoadPlan>): LoadPlan {
  const { hostname, port } = new URL(fixture.server.url)
  return {
    host: hostname,
    port: Number(port),
    paths: secretPaths,
    headers: { Authorization: fixture.authorization },
    connections: 64,
    warmSeconds: 1,
    seconds: 3,
    ...plan,
  }
}

async function singleReads(fixture: Fixture, where = ''): Promise<number> {
  say(`\nOne secret a request${where}, keep-alive, each release audited durably before the answer`)
  const bare = await startBareServer()
  const bareRates: number[] = []
  const rates: number[] = []
  const ratios: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const yardstick = await load(planFor(fixture, { port: bare.port, paths: ['/'], headers: {} }))
    const ours = await load(planFor(fixture, {}))
    bareRates.push(yardstick.perSecond)
    rates.push(ours.perSecond)
    ratios.push(ours.perSecond / yardstick.perSecond)
  }
  bare.stop()
  row('bare node:http, 64 connections', perSecond(median(bareRates)))
  row('GET of a secret, 64 connections', perSecond(median(rates)))
  row('ratio, median of the rounds', median(ratios).toFixed(2), 'at least 0.25, aim 0.4')
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
  row('ratio, from round to round', spread)
  row('CPU of the server for each', `${(await cpuPerRead(fixture)).toFixed(0)} µs`)
  for (const connections of [1, 16, 64]) {
    latencies(`${connections} connections`, await load(planFor(fixture, { connections })))
  }
  const rate = median(rates) * 0.7
  const open = await load(planFor(fixture, { rate, seconds: 5 }))
  latencies(`70 % of the maximum (${perSecond(rate)}), open loop`, open)
  return median(rates)
}

/** Microseconds; unlike a rate it hardly depends on what else the machine does. The median of some runs. */
async function cpuPerRead(fixture: Fixture): Promise<number> {
  const seconds = 3
  const costs: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = (await usageOf(fixture.server.pid)).cpu
    const { perSecond: rate } = await load(planFor(fixture, { warmSeconds: 0, seconds }))
    const spent = (await usageOf(fixture.server.pid)).cpu - before
    costs.push((spent * 1_000_000) / (rate * seconds))
  }
  return median(costs)
}

const latencies = (name: string, { p50, p99 }: LoadResult): void =>
  row(`latency p50 / p99, ${name}`, `${p50.toFixed(2)} / ${p99.toFixed(2)} ms`)

async function batchReads(fixture: Fixture, singleRate: number): Promise<void> {
  say(`\n${BATCH} secrets a request`)
  const results: number[] = []
  const ratios: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const single = await load(planFor(fixture, {}))
    const batches = await load(planFor(fixture, { paths: batchPaths(BATCH) }))
    results.push(batches.perSecond * BATCH)
    ratios.push((batches.perSecond * BATCH) / single.perSecond)
  }
  row('values of single reads', perSecond(singleRate))
  row('values of batches', perSecond(median(results)))
  row('ratio', median(ratios).toFixed(1), 'at least 5')
}

async function startAndSize(fixture: Fixture): Promise<void> {
  say('\nStart and size')
  const starts: number[] = []
  for (let round = 0; round < 5; round += 1) starts.push(await fixture.restart())
  row('ready on existing data, database start included', ms(median(starts)), 'at most 1,500 ms')
  const server = await usageOf(fixture.server.pid)
  const family = await Promise.all((await descendantsOf(fixture.server.pid)).map(usageOf))
  const database = family.reduce((sum, { memory }) => sum + memory, 0)
  row('resident when idle: server', `${server.resident.toFixed(0)} MB`, 'under 120 MB')
  row('memory when idle: its database, shared pages once', `${database.toFixed(0)} MB`)
}

say(
  `${cpus().length} cores, ${cpus()[0]?.model}, Node ${process.version}, ${new Date().toISOString()}`,
)
const fixture = await openFixture()
try {
  const rate = await singleReads(fixture)
  await batchReads(fixture, rate)
  await startAndSize(fixture)
  await runner(fixture)
  await workloads(fixture)
  // From here on the server is large.
  await policyLoads(fixture)
  const hostKey = await fillWorld(fixture)
  await graphCosts(fixture, hostKey)
  await singleReads(fixture, ' in that world')
  // Last, for it sets a password, which ends the tokens of the others.
  await authentication(fixture, hostKey)
} finally {
  await fixture.stop()
}
