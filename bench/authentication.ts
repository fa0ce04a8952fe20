import type { Fixture } from './fixture.ts'
import type { LoadPlan, LoadResult } from './load.ts'
import { load, median, outputOf } from './processes.ts'
import { ms, perSecond, row, say } from './print.ts'
import { BUSY_HOST } from './world.ts'

const ROUNDS = 5
const PASSWORD = 'Bench-Passw0rd-2026'

const planFor = (fixture: Fixture, plan: Partial<LoadPlan>): LoadPlan => {
  const { hostname, port } = new URL(fixture.server.url)
  return {
    host: hostname,
    port: Number(port),
    paths: ['/healthz'],
    headers: {},
    connections: 32,
    warmSeconds: 1,
    seconds: 3,
    ...plan,
  }
}

/** API keys against the signatures that their tokens cost, and passwords beside other requests. */
export async function authentication(fixture: Fixture, hostKey: string): Promise<void> {
  say('\nAuthentication, recorded durably before the answer')
  await apiKeys(fixture, hostKey)
  await passwords(fixture)
}

async function apiKeys(fixture: Fixture, hostKey: string): Promise<void> {
  const path = `/authn/default/${encodeURIComponent(BUSY_HOST)}/authenticate`
  const plan = planFor(fixture, { method: 'POST', paths: [path], body: hostKey })
  const signatures: number[] = []
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    signatures.push(
      Number(await outputOf(process.execPath, [`${import.meta.dirname}/rsa.ts`, '2'])),
    )
    rates.push((await load(plan)).perSecond)
  }
  const ratio = median(rates.map((rate, round) => rate / (signatures[round] ?? Number.NaN)))
  row('RSA-2048 signatures on one core', perSecond(median(signatures)))
  row('API keys for tokens, 32 connections', perSecond(median(rates)))
  row('ratio, median of the rounds', ratio.toFixed(2), 'at least 0.4')
}

async function passwords(fixture: Fixture): Promise<void> {
  await setPassword(fixture)
  const health = planFor(fixture, { connections: 4, rate: 200 })
  const calm = await load(health)
  const credentials = Buffer.from(`admin:${PASSWORD}`).toString('base64')
  const logins = planFor(fixture, {
    paths: ['/authn/default/login'],
    headers: { Authorization: `Basic ${credentials}` },
    connections: 4,
    seconds: 4,
  })
  const [busy, stormed]: readonly [LoadResult, LoadResult] = await Promise.all([
    load(health),
    load(logins),
  ])
  row('password logins, 4 at a time', perSecond(stormed.perSecond))
  row('other requests meanwhile, p50', ms(busy.p50), `${ms(calm.p50)} when calm`)
  row('other requests meanwhile, p99', ms(busy.p99), `${ms(calm.p99)} when calm`)
}

async function setPassword({ server, adminKey }: Fixture): Promise<void> {
  const credentials = Buffer.from(`admin:${adminKey}`).toString('base64')
  const answer = await fetch(`${server.url}/authn/default/password`, {
    method: 'PUT',
    headers: { authorization: `Basic ${credentials}` },
    body: PASSWORD,
  })
  if (answer.status !== 204) throw new Error(`setting a password answered ${answer.status}`)
}
