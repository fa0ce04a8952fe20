/**
 * What the graph of a node costs: `node --expose-gc bench/graph.ts DATA_DIR` opens the gate of a node beside a running server, as a second
 * server would, and prints a {@link GraphCost} as JSON.
 */
import { openGate } from '#app/gate.ts'
import type { Change } from '#domain/change.ts'
import { adminOf, makeId } from '#domain/id.ts'
import type { Id } from '#domain/id.ts'
import type { RoleGraph } from '#domain/role-graph.ts'
import { runningDatabase } from '#storage/embedded/running.ts'
import { openStore } from '#storage/postgres/store.ts'
import { median } from './processes.ts'
import { hostId, SIZE, variableIds } from './world.ts'

/** What was measured: times in milliseconds, a decision in microseconds, memory in MB beyond that of a node without a graph. */
export interface GraphCost {
  readonly load: number
  readonly memory: number
  readonly decision: number
  readonly grant: number
}

const ACCOUNT = 'default'
const ROUND = 1000

/** Numbers that look random and are the same in every run. */
const place = (index: number, count: number): number => (index * 7919) % count

const hostAt = (index: number): Id => makeId(ACCOUNT, 'host', hostId(place(index, SIZE.hosts)))

function variableAt(index: number): Id {
  const id = variableIds[place(index, variableIds.length)]
  if (id === undefined) throw new Error('there is no such variable')
  return makeId(ACCOUNT, 'variable', id)
}

/** The median of many rounds of decisions, each of another host on another variable. */
function decisionTime(graph: RoleGraph): number {
  const rounds = Array.from({ length: 100 }, (_, round) => {
    const questions = Array.from({ length: ROUND }, (__, index) => {
      const at = round * ROUND + index
      return [hostAt(at), variableAt(at * 3)] as const
    })
    const began = performance.now()
    for (const [host, variable] of questions) graph.permits(host, 'execute', variable)
    return ((performance.now() - began) * 1000) / ROUND
  })
  return median(rounds)
}

/** A grant and the first decisions after it, which must find out anew who holds what. */
function grantTime(graph: RoleGraph): number {
  const role = makeId(ACCOUNT, 'group', 'g0-0')
  const times = Array.from({ length: 21 }, (_, index) => {
    const member = hostAt(index + 1)
    const row = { table: 'membership', role, member, ownership: false, admin: false } as const
    const change: Change = { op: 'add', row }
    const began = performance.now()
    graph.apply([change])
    graph.permits(member, 'execute', variableAt(index))
    graph.permits(adminOf(ACCOUNT), 'execute', variableAt(index))
    return performance.now() - began
  })
  return median(times)
}

const [dataDir = ''] = process.argv.slice(2)
const store = await openStore({
  connection: await runningDatabase(dataDir, 0),
  log: () => undefined,
})
globalThis.gc?.()
const before = process.memoryUsage().rss
const began = performance.now()
const gate = await openGate(store)
const load = performance.now() - began
globalThis.gc?.()
const memory = (process.memoryUsage().rss - before) / 1024 / 1024
const { graph } = await gate.pass()
const cost: GraphCost = { load, memory, decision: decisionTime(graph), grant: grantTime(graph) }
process.stdout.write(JSON.stringify(cost))
await store.close()
