import { get as getPlain } from 'node:http'
import { get as getTls } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import { Failure } from '#lib/failure.ts'
import { Ended } from './context.ts'
import type { AdminContext } from './context.ts'

const PAUSE_MS = 1000
const ANSWER_MS = 5000

/** `wait`: until the server of this machine is ready (reference/conjur-api.md 7.7). */
export const waitCommand = (context: AdminContext): Command =>
  new Command('wait')
    .description('wait until the server on this machine is ready')
    .option(
      '-p, --port <port>',
      'its port; that of the settings when absent',
      wholeOption('--port', 65_535),
    )
    .option(
      '-r, --retries <number>',
      'how often to ask, once a second',
      wholeOption('--retries', 86_400),
      90,
    )
    .action(async ({ port, retries }: { port?: number; retries: number }) => {
      const asked = port ?? context.settings().port
      context.print('Waiting for Conjur to be ready...')
      for (let attempt = 1; attempt <= retries; attempt++) {
        if (await isReady(asked)) {
          context.print(' Conjur is ready!')
          return
        }
        context.stdout.write('.')
        if (attempt < retries) await delay(PAUSE_MS)
      }
      context.stdout.write('\n')
      context.say(` Conjur is not ready after ${retries} seconds`)
      throw new Ended(1)
    })

const wholeOption =
  (flag: string, most: number) =>
  (text: string): number => {
    const value = /^\d{1,5}$/.test(text) ? Number(text) : 0
    if (value >= 1 && value <= most) return value
    throw new Failure('usage', `${flag} is not a whole number from 1 to ${most}`)
  }

/** Whoever waits need not know whether the server speaks TLS. */
async function isReady(port: number): Promise<boolean> {
  const answers = await Promise.all([isReadyBy(getPlain, port), isReadyBy(getTls, port)])
  return answers.includes(true)
}

/** Nothing is told to who answers and nothing of the answer is used but that it came, so its certificate does not matter. */
function isReadyBy(get: typeof getTls, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const where = { host: 'localhost', port, path: '/readyz', timeout: ANSWER_MS }
  const request = get({ ...where, rejectUnauthorized: false })
  request
    .on('response', (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    .on('timeout', () => request.destroy())
    .on('error', () => resolve(false))
  return promise
}
