import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { createClient } from '#client/client.ts'
import type { Client } from '#client/client.ts'
import { HANGING_PORT } from './fixture.ts'
import type { Fixture } from './fixture.ts'
import type { LoadPlan } from './load.ts'
import { load, median, outputOf, usageOf } from './processes.ts'
import { ms, perSecond, row, say, seconds } from './print.ts'

const ROUNDS = 5
/** How many workloads there are, which log in all at once. */
const WORKLOADS = 10_000
const ISSUER = 'https://issuer.bench'

const INSTANCE = (service: string, keys: string): string => `
- !policy
  id: conjur/authn-jwt/${service}
  body:
    - !webservice
    - !variable ${keys}
    - !variable issuer
    - !variable token-app-property
    - !variable identity-path
    - !group apps
    - !permit { role: !group apps, privileges: [read, authenticate], resource: !webservice }
`

const hostName = (index: number): string => `workload-${index}`

const hosts = (): string => {
  const lines = Array.from(
    { length: WORKLOADS },
    (_, index) =>
      `    - !host { id: ${hostName(index)}, annotations: { authn-jwt/bench/team: bench, authn-jwt/slow/team: bench } }\n`,
  )
  return `- !policy\n  id: fleet\n  body:\n    - !layer all\n${lines.join('')}${Array.from(
    { length: WORKLOADS },
    (_, index) => `    - !grant { role: !layer all, member: !host ${hostName(index)} }\n`,
  ).join('')}
- !grant { role: !group conjur/authn-jwt/bench/apps, member: !layer fleet/all }
- !grant { role: !group conjur/authn-jwt/slow/apps, member: !layer fleet/all }
`
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function tokenOf(index: number, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: ISSUER,
    sub: hostName(index),
    team: 'bench',
    iat: now,
    nbf: now,
    exp: now + 7200,
    'kubernetes.io': { namespace: 'bench', pod: { name: hostName(index), uid: `uid-${index}` } },
  }
  const text = `${part({ alg: 'RS256', kid: 'bench', typ: 'JWT' })}.${part(claims)}`
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

/** A provider that takes connections and never says a word. */
async function startHangingProvider(): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()))
  server.listen(HANGING_PORT, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** Workloads that log in with a JWT: against the cryptography of it, all at once, and beside a provider that hangs. */
export async function workloads(fixture: Fixture): Promise<void> {
  say('\nWorkloads by JWT (RS256), each with its annotations, recorded durably before the answer')
  const hanging = await startHangingProvider()
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const client = createClient({
    url: fixture.server.url,
    account: 'default',
    credentials: { kind: 'apiKey', login: 'admin', key: fixture.adminKey },
  })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench' }
  await configure(client, { type: 'jwks', value: { keys: [jwk] } })
  client.close()
  const tokens = Array.from({ length: WORKLOADS }, (_, index) => tokenOf(index, privateKey))
  const plan = planFor(fixture, 'bench', tokens)
  await rates(plan)
  await beside(plan, planFor(fixture, 'slow', tokens))
  await allAtOnce(fixture, plan)
  hanging.close()
}

async function configure(client: Client, keys: unknown): Promise<void> {
  const text = `${INSTANCE('bench', 'public-keys')}${INSTANCE('slow', 'jwks-uri')}${hosts()}`
  await client.loadPolicy({ branch: 'root', text, mode: 'load' })
  for (const service of ['bench', 'slow']) {
    for (const [name, value] of [
      ['issuer', ISSUER],
      ['token-app-property', 'sub'],
      ['identity-path', 'fleet'],
    ] as const) {
      await client.setSecret(`conjur/authn-jwt/${service}/${name}`, Buffer.from(value))
    }
    await client.enableAuthenticator(`authn-jwt/${service}`, true)
  }
  const set = (id: string, value: string): Promise<unknown> =>
    client.setSecret(`conjur/authn-jwt/${id}`, Buffer.from(value))
  await set('bench/public-keys', JSON.stringify(keys))
  await set('slow/jwks-uri', `http://127.0.0.1:${HANGING_PORT}/keys`)
}

function planFor({ server }: Fixture, service: string, tokens: readonly string[]): LoadPlan {
  const { hostname, port } = new URL(server.url)
  return {
    host: hostname,
    port: Number(port),
    method: 'POST',
    paths: tokens.map(() => `/authn-jwt/${service}/default/authenticate`),
    bodies: tokens.map((token) => `jwt=${token}`),
    headers: {},
    connections: 32,
    warmSeconds: 1,
    seconds: 3,
  }
}

async function rates(plan: LoadPlan): Promise<void> {
  const costs: number[] = []
  const logins: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const script = `${import.meta.dirname}/login-cost.ts`
    costs.push(Number(await outputOf(process.execPath, [script, '2'])))
    logins.push((await load(plan)).perSecond)
  }
  const ratio = median(logins.map((rate, round) => rate / (costs[round] ?? Number.NaN)))
  row('verify and sign on one core', perSecond(median(costs)))
  row('logins, 32 connections', perSecond(median(logins)))
  row('ratio, median of the rounds', ratio.toFixed(2), 'at least 0.35')
}

async function beside(plan: LoadPlan, slow: LoadPlan): Promise<void> {
  const steady: LoadPlan = { ...plan, connections: 16, rate: 200 }
  const calm = await load(steady)
  const stuck: LoadPlan = { ...slow, mayFail: true, connections: 256, rate: 100 }
  const [busy] = await Promise.all([load(steady), load(stuck)])
  row('logins, 200 a second, p50 / p99', `${ms(calm.p50)} / ${ms(calm.p99)}`)
  const bound = 'about the same'
  row('beside 100 a second at a provider that hangs', `${ms(busy.p50)} / ${ms(busy.p99)}`, bound)
}

async function allAtOnce({ server }: Fixture, plan: LoadPlan): Promise<void> {
  const before = (await usageOf(server.pid)).resident
  let peak = before
  const watch = setInterval(() => {
    void usageOf(server.pid).then(({ resident }) => (peak = Math.max(peak, resident)))
  }, 200)
  const { perSecond: rate, p99 } = await load({ ...plan, isOnce: true, connections: WORKLOADS })
  clearInterval(watch)
  row(
    '10,000 workloads at once, one connection each',
    seconds((WORKLOADS / rate) * 1000),
    'no error',
  )
  row('the last of them waits', seconds(p99))
  row('memory of the server meanwhile', `${peak.toFixed(0)} MB`, `${before.toFixed(0)} MB before`)
}
