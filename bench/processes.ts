import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoadPlan, LoadResult } from './load.ts'

/** What a program prints; throws when it fails. */
export async function outputOf(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`\`${args.join(' ')}\` ended with ${code}`)
  return output
}

/** Carries out a load in a process of its own. */
export async function load(plan: LoadPlan): Promise<LoadResult> {
  const script = join(import.meta.dirname, 'load.ts')
  const text = JSON.stringify(plan)
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-load-'))
  // In a file, because a command line is not as long as the tokens of ten thousand workloads.
  await writeFile(join(folder, 'plan.json'), text)
  const output = await outputOf(process.execPath, [script, `@${join(folder, 'plan.json')}`])
  await rm(folder, { recursive: true })
  const result = JSON.parse(output) as LoadResult
  if (result.failures > 0 && plan.mayFail !== true)
    throw new Error(`${result.failures} requests of a load failed`)
  return result
}

/** The yardstick server, and where it listens. */
export async function startBareServer(): Promise<{ readonly port: number; stop(): void }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bare-server.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { port: Number(line.toString()), stop: () => void child.kill() }
}

/** One process of a family. Memory in MB of its own and its share of what it shares (PSS); CPU in seconds since it began. */
export interface Usage {
  readonly memory: number
  readonly resident: number
  readonly cpu: number
}

/** What a process takes. */
export async function usageOf(pid: number): Promise<Usage> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const [, user = 0, system = 0] =
    /\) (?:\S+ ){11}(\d+) (\d+)/.exec(stat)?.map((field) => Number(field)) ?? []
  const kilobytes = (name: string): number =>
    Number(new RegExp(String.raw`^${name}:\s+(\d+)`, 'm').exec(rollup)?.[1] ?? 0)
  return {
    memory: kilobytes('Pss') / 1024,
    resident: kilobytes('Rss') / 1024,
    cpu: (user + system) / 100,
  }
}

/** The processes below `pid`, at any depth. */
export async function descendantsOf(pid: number): Promise<readonly number[]> {
  const children = new Map<number, number[]>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    const parent = Number(/\) \S (\d+)/.exec(stat)?.[1] ?? 0)
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const found: number[] = []
  const waiting = [...(children.get(pid) ?? [])]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    found.push(next)
    waiting.push(...(children.get(next) ?? []))
  }
  return found
}

/** How long a command takes, in milliseconds: the median of `runs`, one after another. */
export async function timeOf(
  command: readonly [string, ...string[]],
  options: { readonly runs: number; readonly environment?: NodeJS.ProcessEnv },
): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < options.runs; run += 1) {
    const [program, ...args] = command
    const began = performance.now()
    const child = spawn(program, args, {
      env: options.environment ?? process.env,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) throw new Error(`\`${command.join(' ')}\` ended with ${code}`)
    times.push(performance.now() - began)
  }
  return median(times)
}

/** The middle one of some numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
