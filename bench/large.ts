import type { Fixture } from './fixture.ts'
import type { GraphCost } from './graph.ts'
import { load, median, outputOf, usageOf } from './processes.ts'
import { ms, row, say, seconds } from './print.ts'
import { BRANCHES, branchText, BUSY_HOST, membersText, permitsText, SIZE } from './world.ts'
import type { Branch } from './world.ts'

/** What came of loading a policy. */
interface Loaded {
  readonly ms: number
  readonly apiKeys: ReadonlyMap<string, string>
}

async function loadPolicy({ server, authorization }: Fixture, text: string): Promise<Loaded> {
  const began = performance.now()
  const answer = await fetch(`${server.url}/policies/default/policy/root`, {
    method: 'POST',
    headers: { authorization },
    body: text,
  })
  const body = await answer.text()
  const took = performance.now() - began
  // The first request after a load brings the graph of the node up to date, which is the load's and not the next one's to pay for.
  await fetch(`${server.url}/whoami`, { headers: { authorization } })
  if (answer.status !== 201) throw new Error(`a load answered ${answer.status}: ${body}`)
  const { created_roles: roles } = JSON.parse(body) as {
    created_roles: Record<string, { id: string; api_key: string }>
  }
  const apiKeys = Object.values(roles).map(({ id, api_key: key }) => [id, key] as const)
  return { ms: took, apiKeys: new Map(apiKeys) }
}

interface BranchTimes {
  readonly branch: Branch
  readonly first: number
  /** When another policy was loaded in between. */
  readonly again: number
  /** When it was the last one, so that it need not be read again. */
  readonly atOnce: number
}

async function timeBranch(fixture: Fixture, branch: Branch): Promise<BranchTimes> {
  const text = branchText(branch)
  const [agains, atOnces]: [number[], number[]] = [[], []]
  const first = (await loadPolicy(fixture, text)).ms
  for (let round = 0; round < 3; round += 1) {
    await loadPolicy(fixture, branchText({ id: `other-${round}`, variables: 5000 }))
    agains.push((await loadPolicy(fixture, text)).ms)
    atOnces.push((await loadPolicy(fixture, text)).ms)
  }
  return { branch, first, again: median(agains), atOnce: median(atOnces) }
}

/** Loads the variables of the large world, a policy at a time. */
export async function policyLoads(fixture: Fixture): Promise<void> {
  say('\nPolicies: one request, all rows recorded, in force when it is answered')
  const times: BranchTimes[] = []
  for (const branch of BRANCHES) times.push(await timeBranch(fixture, branch))
  const small = times.filter(({ branch }) => branch.variables === 18_000)
  const large = times.find(({ branch }) => branch.variables === 100_000)
  if (large === undefined) throw new Error('there is no large policy')
  const smallFirst = median(small.map(({ first }) => first))
  row('18,000 variables', seconds(smallFirst), 'under 5 s')
  row('100,000 variables', seconds(large.first), 'under 30 s')
  const growth = large.first / 100_000 / (smallFirst / 18_000)
  row('for each variable, 100,000 against 18,000', growth.toFixed(2), 'about 1: linear')
  for (const [count, some] of [
    ['18,000', small],
    ['100,000', [large]],
  ] as const) {
    const again = median(some.map((one) => one.again / one.first))
    const atOnce = median(some.map((one) => one.atOnce / one.first))
    row(`the same ${count} again, against the first time`, again.toFixed(2), 'under 0.33')
    row(`the same ${count} at once again, as after a dry run`, atOnce.toFixed(2), 'under 0.33')
  }
}

/** Adds groups, hosts and permissions to the variables. Returns the API key of {@link BUSY_HOST}. */
export async function fillWorld(fixture: Fixture): Promise<string> {
  const { apiKeys } = await loadPolicy(fixture, membersText())
  await loadPolicy(fixture, permitsText())
  const id = `default:${BUSY_HOST.replace('/', ':')}`
  const key = apiKeys.get(id)
  if (key === undefined) throw new Error(`${id} has no key`)
  return key
}

/** What the large world costs a node. */
export async function graphCosts(fixture: Fixture, hostKey: string): Promise<void> {
  const { variables, hosts, groups } = SIZE
  const [v, h, g] = [variables, hosts, groups].map((count) => count.toLocaleString('en'))
  say(`\nA node with ${v} variables, ${h} hosts, ${g} groups nested 5 deep`)
  const script = ['--expose-gc', `${import.meta.dirname}/graph.ts`, fixture.server.dataDir]
  const cost = JSON.parse(await outputOf(process.execPath, script)) as GraphCost
  row('its graph is loaded in', seconds(cost.load), 'under 3 s')
  row('a decision, median', `${cost.decision.toFixed(2)} µs`, 'under 5 µs')
  row('a grant is applied, first decisions after it included', ms(cost.grant), 'under 10 ms')
  row('memory of the graph', `${cost.memory.toFixed(0)} MB`)
  const ready = await fixture.restart()
  const { resident } = await usageOf(fixture.server.pid)
  row('ready on this data, database start included', ms(ready))
  row('resident when idle: server', `${resident.toFixed(0)} MB`, 'under 350 MB')
  const { p50 } = await listFirst(fixture, hostKey)
  row('the first 1,000 resources of a host, p50', ms(p50), 'under 50 ms')
}

async function listFirst(fixture: Fixture, hostKey: string): Promise<{ readonly p50: number }> {
  const { hostname, port } = new URL(fixture.server.url)
  const login = encodeURIComponent(BUSY_HOST)
  const path = `/authn/default/${login}/authenticate`
  const token = await fetch(fixture.server.url + path, {
    method: 'POST',
    headers: { 'accept-encoding': 'base64' },
    body: hostKey,
  })
  return load({
    host: hostname,
    port: Number(port),
    paths: ['/resources/default?limit=1000'],
    headers: { Authorization: `Token token="${await token.text()}"` },
    connections: 1,
    warmSeconds: 1,
    seconds: 3,
  })
}
