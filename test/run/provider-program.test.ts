import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { Failure } from '#lib/failure.ts'
import { provide } from '#run/provider-program.ts'

interface Provided {
  readonly exitCode: number
  readonly stdout: string
  readonly told: readonly string[]
  readonly asked: readonly string[]
}

const VALUES = new Map([
  ['db/user', Buffer.from('cart')],
  ['db/key', Buffer.from([0, 255, 10])],
])

async function provided(argv: readonly string[], input = ''): Promise<Provided> {
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  const told: string[] = []
  const asked: string[] = []
  stdin.end(input)
  const exitCode = await provide(argv, {
    version: '1.2.3',
    stdin,
    stdout,
    client: async () => ({
      resolve: async (ids) => {
        asked.push(ids.join())
        return new Map(
          ids.map((id) => [id, VALUES.get(id) ?? new Failure('not_found', 'not found')]),
        )
      },
      whose: async () => 'nobody',
      hasFactor: async () => false,
      leaveTerminal: () => undefined,
      close: () => undefined,
    }),
    tell: (error) => void told.push(error instanceof Failure ? error.message : 'bug'),
  })
  stdout.end()
  return { exitCode, stdout: (await stdout.toArray()).join(''), told, asked }
}

test('an id as argument is answered with the value and nothing else', async () => {
  assert.deepEqual(await provided(['db/user']), {
    exitCode: 0,
    stdout: 'cart',
    told: [],
    asked: ['db/user'],
  })
})

test('a value that is not there is a failure with nothing on the standard output', async () => {
  assert.deepEqual(await provided(['db/gone']), {
    exitCode: 1,
    stdout: '',
    told: ['`db/gone`: not found'],
    asked: ['db/gone'],
  })
})

test('ids on the standard input are looked up together and answered in order in base64', async () => {
  const { stdout, asked, exitCode } = await provided([], 'db/key\ndb/user\ndb/key\n')
  assert.equal(stdout, 'AP8K\nY2FydA==\nAP8K\n')
  assert.deepEqual(asked, ['db/key,db/user'])
  assert.equal(exitCode, 0)
})

test('when one of several is not there, none is answered', async () => {
  const { stdout, exitCode, told } = await provided([], 'db/user\ndb/gone\n')
  assert.equal(stdout, '')
  assert.equal(exitCode, 1)
  assert.deepEqual(told, ['`db/gone`: not found'])
  assert.deepEqual((await provided([], 'db/user\n\n')).told, [
    'Failed to retrieve variable from stdin',
  ])
})

test('ids are answered before the standard input ends', async () => {
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  const done = provide([], {
    version: '',
    stdin,
    stdout,
    client: async () => ({
      resolve: async (ids) => new Map(ids.map((id) => [id, Buffer.from(id)])),
      whose: async () => '',
      hasFactor: async () => false,
      leaveTerminal: () => undefined,
      close: () => undefined,
    }),
    tell: () => assert.fail('told'),
  })
  for (const id of ['one', 'two']) {
    stdin.write(`${id}\n`)
    const answer = await new Promise<Buffer>((resolve) => {
      stdout.once('data', resolve)
    })
    assert.equal(Buffer.from(answer.toString().trim(), 'base64').toString(), id)
  }
  stdin.end()
  assert.equal(await done, 0)
})

test('help and the version need no server', async () => {
  assert.equal((await provided(['--version'])).stdout, '1.2.3\n')
  assert.match((await provided(['-h'])).stdout, /^Usage: summon-strongroom /)
  assert.deepEqual((await provided(['a', 'b'])).told, ['one id is expected'])
})
