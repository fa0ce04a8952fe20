import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Directory, DirectoryPlace } from '#app/directory.ts'
import { parseHostRule } from '#authn/host-rules.ts'
import { createDirectories, type DirectoriesOptions } from '#authn/ldap/directories.ts'
import { userFilter } from '#authn/ldap/filter.ts'
import { lacking } from '../../scripts/debian-packages.ts'
import { temporaryFolder } from './database.ts'
import type { TemporaryFolder } from './database.ts'
import { BASE, nameOf, passwordOf, READER, READER_PASSWORD, startSlapd } from './slapd.ts'
import type { Slapd } from './slapd.ts'

/** Names that mean something in filters, in distinguished names, or to whoever compares. */
const ODD = [
  'al*ce',
  'a(b)c',
  String.raw`back\slash`,
  'com,ma',
  'plus+sign',
  'hash#',
  'ünïcode',
  'lo%sgin',
  '$&',
]
const PEOPLE = ['alice', 'bob', ...ODD]

const needed = { skip: lacking('slapd') }

let folder: TemporaryFolder
let slapd: Slapd
let caPem = ''

before(async () => {
  if (needed.skip !== false) return
  folder = await temporaryFolder()
  slapd = await startSlapd(folder.path, PEOPLE)
  caPem = await readFile(join(folder.path, 'ca.pem'), 'utf8')
})

after(async () => {
  if (needed.skip !== false) return
  await slapd[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const FILTER = userFilter('(&(objectClass=posixAccount)(uid=%s))')

const directories = (
  port: number,
  more: Partial<DirectoriesOptions> = {},
): ReturnType<typeof createDirectories> =>
  createDirectories({
    allow: [parseHostRule(`localhost:${port}`), parseHostRule(`127.0.0.1:${port}`)],
    ...more,
  })

const secure = (): DirectoryPlace => ({
  host: 'localhost',
  port: slapd.tlsPort,
  protection: 'ssl',
  caPem,
})

/** The names of those who are found, as the reader. */
async function found(directory: Directory, login: string): Promise<readonly string[]> {
  assert.equal(await directory.bind(READER, READER_PASSWORD), 0)
  const asked = { base: BASE, filter: FILTER.of(login), attributes: ['uid', 'memberOf'] }
  return (await directory.find(asked)).flatMap(({ attributes }) => attributes.get('uid') ?? [])
}

test(
  'a real directory is spoken to over TLS from the first byte, after STARTTLS and in the clear',
  needed,
  async () => {
    const { port } = slapd
    for (const place of [
      secure(),
      { ...secure(), host: '127.0.0.1' },
      { host: 'localhost', port, protection: 'start_tls', caPem },
      { host: 'localhost', port, protection: 'plain' },
    ] satisfies readonly DirectoryPlace[]) {
      const dns = await directories(place.port).visit(place, (directory) =>
        found(directory, 'alice'),
      )
      assert.deepEqual(dns, ['alice'], place.protection)
    }
  },
)

test(
  'a directory whose certificate nobody vouches for, or is of another host, is not spoken to',
  needed,
  async () => {
    const other = await readFile(join(folder.path, 'other-ca.pem'), 'utf8')
    const unreachable = { code: 'unreachable' }
    for (const protection of ['ssl', 'start_tls'] as const) {
      const port = protection === 'ssl' ? slapd.tlsPort : slapd.port
      const visit = (
        place: Partial<DirectoryPlace>,
        more?: Partial<DirectoriesOptions>,
      ): Promise<void> =>
        directories(port, more).visit(
          { host: 'localhost', port, protection, caPem, ...place },
          () => assert.fail('it was spoken to'),
        )
      await assert.rejects(visit({ caPem: other }), unreachable)
      const { caPem: _, ...unnamed } = secure()
      await assert.rejects(
        directories(port).visit({ ...unnamed, port, protection }, () => assert.fail()),
        unreachable,
      )
      const elsewhere = {
        allow: [parseHostRule(`ldap.example:${port}`)],
        resolve: async () => [{ address: '127.0.0.1', family: 4 }],
      }
      await assert.rejects(visit({ host: 'ldap.example' }, elsewhere), unreachable)
    }
  },
)

test(
  '`ssrf`: no directory is visited at an address that is not to be called, or beyond the list of those that may be',
  needed,
  async () => {
    const talk = (): Promise<never> => assert.fail('it was visited')
    const forbidden = { code: 'forbidden' }
    const local = { ...secure(), port: slapd.port, protection: 'plain' } as const
    for (const host of [
      'localhost',
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '[::1]',
      '169.254.169.254',
      'metadata.google.internal',
    ]) {
      const resolve = async (): Promise<readonly { address: string; family: number }[]> => [
        { address: '127.0.0.1', family: 4 },
      ]
      await assert.rejects(
        createDirectories({ allow: [], resolve }).visit({ ...local, host }, talk),
        forbidden,
        host,
      )
    }
    for (const host of ['a/b', 'user@localhost', 'localhost?x', 'localhost#x', '', 'a b']) {
      await assert.rejects(directories(slapd.port).visit({ ...local, host }, talk), forbidden, host)
    }
    const only = [parseHostRule('ldap=ldap.example:636')]
    await assert.rejects(directories(slapd.port, { only }).visit(local, talk), forbidden)
    const wrongPurpose = [parseHostRule(`oidc=localhost:${slapd.port}`)]
    await assert.rejects(createDirectories({ allow: wrongPurpose }).visit(local, talk), forbidden)
  },
)

test(
  '`template-metachar`: a name finds the person who has it, letter by letter, and nobody else',
  needed,
  async () => {
    await directories(slapd.tlsPort).visit(secure(), async (directory) => {
      for (const uid of PEOPLE) {
        assert.deepEqual(await found(directory, uid), [uid])
        assert.equal(await directory.bind(nameOf(uid), passwordOf(uid)), 0)
      }
      const attacks = [
        '*',
        'al*',
        'alice)(uid=bob',
        '*)(objectClass=*',
        'alice\0',
        '\\61lice',
        ')(|(uid=*',
        'a(b',
        '%s',
        '\\',
      ]
      for (const login of attacks) assert.deepEqual(await found(directory, login), [], login)
    })
  },
)

/** A server that says `pieces`, one after each thing that it hears, and then nothing. */
async function saying(
  pieces: readonly Buffer[],
): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const left = [...pieces]
    socket.on('error', () => {})
    socket.on('data', () => {
      const piece = left.shift()
      if (piece !== undefined) socket.write(piece)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const STARTED = Buffer.from('300c02010178070a010004000400', 'hex')
/** A bind that succeeded, of the message that would be the first over TLS. */
const BOUND = Buffer.from('300c02010261070a010004000400', 'hex')

test('what a directory says before TLS, together with its consent, is not taken for said over it', async () => {
  await using server = await saying([Buffer.concat([STARTED, BOUND])])
  const place = { host: 'localhost', port: server.port, protection: 'start_tls' } as const
  await assert.rejects(
    directories(server.port).visit(place, () => assert.fail('it was believed')),
    { code: 'unreachable', message: /more than it was asked/ },
  )
})

test('a directory that does not speak TLS when it is asked to hears nothing more', async () => {
  await using server = await saying([Buffer.from('300c02010178070a013504000400', 'hex'), BOUND])
  const place = { host: 'localhost', port: server.port, protection: 'start_tls' } as const
  await assert.rejects(
    directories(server.port).visit(place, () => assert.fail()),
    {
      code: 'unreachable',
      message: /result code 53/,
    },
  )
})

test(
  'a directory that hangs is given up in time, and holds up nobody who logs in by another',
  needed,
  async () => {
    await using silent = await saying([])
    const both = createDirectories({
      allow: [silent.port, slapd.tlsPort].map((port) => parseHostRule(`localhost:${port}`)),
      timeoutMs: 500,
    })
    const place = { host: 'localhost', port: silent.port, protection: 'plain' } as const
    const hanging = Array.from({ length: 40 }, () =>
      both
        .visit(place, (directory) => directory.bind(READER, 'x'))
        .catch((error: unknown) => error),
    )
    const begun = performance.now()
    assert.deepEqual(await both.visit(secure(), (directory) => found(directory, 'bob')), ['bob'])
    assert.ok(performance.now() - begun < 450, 'it waited for the other')
    for (const error of await Promise.all(hanging)) {
      assert.ok(
        error instanceof Error && 'code' in error && error.code === 'unreachable',
        String(error),
      )
    }
  },
)

test('a directory that says too much, or garbage, or hangs up, is not reached', async () => {
  const answers = [
    Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    Buffer.alloc(3000, 0x30),
    Buffer.concat([Buffer.from('308400000bb8', 'hex'), Buffer.alloc(3000)]),
    Buffer.from('3084ffffffff', 'hex'),
    Buffer.from('300c02010961070a010004000400', 'hex'),
  ]
  for (const answer of answers) {
    await using server = await saying([answer])
    const place = { host: 'localhost', port: server.port, protection: 'plain' } as const
    const visit = directories(server.port, { maxBytes: 2000, timeoutMs: 2000 }).visit(
      place,
      (directory) => directory.bind(READER, 'x'),
    )
    await assert.rejects(visit, { code: 'unreachable' }, answer.toString('latin1').slice(0, 20))
  }
})
