import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { admin } from './admin-program.ts'
import type { AdminRun } from './admin-program.ts'
import { startInstallation } from './node.ts'
import type { Installation, TestNode } from './node.ts'
import { eventually } from './processes.ts'

let installation: Installation
let node: TestNode
let token: string

before(async () => {
  installation = await startInstallation()
  node = await installation.start()
  token = await node.tokenFor('admin', node.adminKey)
})
after(() => installation[Symbol.asyncDispose]())

const SOON_MS = 10_000

/** A watch under way. */
interface Watch extends AsyncDisposable {
  /** Resolves when what was said since the last such text has `text` in it. */
  said(text: string): Promise<void>
  readonly everything: () => string
  stop(): Promise<AdminRun>
}

function watch(account: string, path: string, environment = installation.environment): Watch {
  const stopping = new AbortController()
  let heard = ''
  let from = 0
  const running = admin(environment, ['policy', 'watch', account, path], '', {
    stop: stopping.signal,
    hear: (text) => (heard += text),
  })
  const stop = async (): Promise<AdminRun> => {
    stopping.abort()
    return running
  }
  return {
    everything: () => heard,
    async said(text) {
      const at = await eventually(`${text} in ${heard}`, SOON_MS, () => {
        const index = heard.indexOf(text, from)
        return index === -1 ? undefined : index + 1
      })
      from = at - 1 + text.length
    },
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}

async function newAccount(name: string): Promise<void> {
  const { exitCode } = await admin(installation.environment, ['account', 'create', name])
  assert.equal(exitCode, 0)
}

/** Whether a variable of an account is there. */
async function isThere(account: string, variable: string): Promise<boolean> {
  const key = await admin(installation.environment, ['role', 'rotate-key', `${account}:user:admin`])
  const own = await node.tokenFor('admin', key.stdout.trim(), account)
  const path = `/resources/${account}/variable/${variable}`
  return (await node.as(own, { method: 'GET', path })).status === 200
}

describe('policy watch', { concurrency: true }, () => {
  test('it loads the file at once and whenever it was replaced or written, and once for what is the same', async () => {
    await newAccount('one-file')
    const file = join(installation.folder, 'one-file.yml')
    await writeFile(file, '- !variable first\n')
    await using watching = watch('one-file', file)
    await watching.said('Loaded policy')
    assert.equal(await isThere('one-file', 'first'), true)

    // As editors save: a new file in place of the old one.
    await writeFile(`${file}~`, '- !variable second\n')
    await rename(`${file}~`, file)
    await watching.said('Loaded policy')
    assert.equal(await isThere('one-file', 'second'), true)
    assert.equal(await isThere('one-file', 'first'), false)

    await rm(file)
    await writeFile(file, '- !variable second\n')
    await writeFile(`${file}~`, '- !variable third\n')
    await rename(`${file}~`, file)
    await watching.said('Loaded policy')
    assert.equal(await isThere('one-file', 'third'), true)
    const { exitCode } = await watching.stop()
    assert.equal(exitCode, 0)
    assert.equal(watching.everything().split('Loaded policy').length - 1, 3)
  })

  test('a wrong policy is told with all its places and changes nothing; the watch goes on', async () => {
    await newAccount('wrong-one')
    const file = join(installation.folder, 'wrong-one.yml')
    await writeFile(file, '- !variable kept\n')
    await using watching = watch('wrong-one', file)
    await watching.said('Loaded policy')
    await writeFile(file, '- !variable lost\n- !nonsense x\n- !user [\n')
    await watching.said(`${file}:`)
    await watching.said('The policy was not loaded')
    assert.match(watching.everything(), /wrong-one\.yml:[23]:\d+: \S/)
    assert.equal(await isThere('wrong-one', 'kept'), true)
    await writeFile(file, '- !variable kept\n- !variable more\n')
    await watching.said('Loaded policy')
    assert.equal(await isThere('wrong-one', 'more'), true)
  })

  test('the files of a folder are one policy, and a problem names its file; a switched link is a change', async () => {
    await newAccount('folder')
    const folder = join(installation.folder, 'mounted')
    await mkdir(folder)
    // As Kubernetes mounts a ConfigMap: the names are links through a link that is switched.
    const version = async (
      name: string,
      texts: Readonly<Record<string, string>>,
    ): Promise<void> => {
      await mkdir(join(folder, name))
      for (const [file, text] of Object.entries(texts))
        await writeFile(join(folder, name, file), text)
      await symlink(name, join(folder, '..new'))
      await rename(join(folder, '..new'), join(folder, '..data'))
    }
    await version('..1', { '10-apps.yml': '- !policy apps', '20-app.yaml': '- !variable apps/x\n' })
    for (const file of ['10-apps.yml', '20-app.yaml']) {
      await symlink(join('..data', file), join(folder, file))
    }
    await writeFile(join(folder, 'README.md'), 'no policy')
    await using watching = watch('folder', folder)
    await watching.said('Loaded policy')
    assert.equal(await isThere('folder', 'apps%2Fx'), true)

    await version('..2', {
      '10-apps.yml': '- !policy apps\n',
      '20-app.yaml': '- !variable x\n- !no y\n',
    })
    await watching.said(`${join(folder, '20-app.yaml')}:2:`)
    await version('..3', { '10-apps.yml': '- !policy apps\n', '20-app.yaml': '- !variable y\n' })
    await watching.said('Loaded policy')
    assert.equal(await isThere('folder', 'y'), true)
  })

  test('a file that names a policy is a trigger: it is taken away, and `finished` tells the end', async () => {
    await newAccount('triggered')
    const folder = join(installation.folder, 'triggers')
    await mkdir(folder)
    const policy = join(installation.folder, 'triggered.yml')
    const trigger = join(folder, 'load')
    await writeFile(policy, '- !variable one\n')
    await using watching = watch('triggered', trigger)
    await watching.said(`Watching directory '${folder}' for changes to file '${trigger}'`)
    await writeFile(trigger, `${policy}\n`)
    await watching.said(`Loading ${policy}`)
    await watching.said('Loaded policy')
    await eventually('the end', SOON_MS, () => existsSync(join(folder, 'finished')))
    assert.equal(existsSync(trigger), false)
    await rm(join(folder, 'finished'))
    await writeFile(policy, '- !nonsense x\n')
    await writeFile(trigger, policy)
    await watching.said(`${policy}:1:`)
    await eventually('the end', SOON_MS, () => existsSync(join(folder, 'finished')))
  })

  test('without a folder to watch it does not begin', async () => {
    const missing = join(installation.folder, 'no-such-folder', 'root.yml')
    const run = await admin(installation.environment, ['policy', 'watch', 'acme', missing])
    assert.equal(run.exitCode, 2)
    assert.match(run.stderr, /Directory .*no-such-folder does not exist/)
  })

  test('what a watch loads is in the trail like any other load', async () => {
    const file = join(installation.folder, 'trail.yml')
    await writeFile(file, '- !variable watched-over\n')
    await using watching = watch('acme', file)
    await watching.said('Loaded policy')
    await watching.stop()
    const trail = await node.as(token, { method: 'GET', path: '/audit/acme?operation=add' })
    assert.match(trail.body.toString(), /acme:variable:watched-over/)
  })
})
