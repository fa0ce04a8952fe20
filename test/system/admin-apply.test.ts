import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ServerProcess } from '../../scripts/server-process.ts'
import { admin } from './admin-program.ts'
import { eventually } from './processes.ts'
import { serverHome } from './server-home.ts'
import type { ServerHome } from './server-home.ts'

/** A server that reads its settings from a file, and how to change them. */
interface Scene {
  readonly server: ServerProcess
  /** Writes the settings and applies them; resolves when the server has said what it made of them. */
  readonly apply: (settings: string) => Promise<string>
}

async function openScene(home: ServerHome, settings: string): Promise<Scene> {
  const config = join(home.folder, 'strongroom.yml')
  await writeFile(config, settings)
  const server = await home.start({ flags: ['--config', config] })
  return {
    server,
    async apply(next) {
      const { length } = server.lines
      await writeFile(config, next)
      const run = await admin({ STRONGROOM_DATA_DIR: home.dataDir }, ['configuration', 'apply'])
      assert.deepEqual(run, {
        exitCode: 0,
        stdout: 'Conjur server reboot initiated. New configuration will be applied.\n',
        stderr: '',
      })
      const isOutcome = (line: string): boolean => /"reloaded"|"cannot reload"/.test(line)
      return eventually('the outcome', 10_000, () => server.lines.slice(length).find(isOutcome))
    },
  }
}

test('configuration apply changes what can change while a server runs, from the next request on', async () => {
  await using home = await serverHome()
  const { server, apply } = await openScene(home, 'log-level: info\n')
  const rest = await home.admin(server)
  assert.equal((await rest.get('/metrics')).status, 404)
  assert.equal((await rest.load('- !variable one\n- !variable two\n')).status, 201)

  const outcome = await apply('metrics: on\nresource-list-limit: 1\nlog-level: debug\n')
  assert.match(outcome, /"changed":\["resource-list-limit","metrics","log-level"\]/)
  assert.equal((await rest.get('/metrics')).status, 200)
  const listed: unknown = JSON.parse((await rest.get('/resources/default')).body.toString())
  assert.ok(Array.isArray(listed))
  assert.equal(listed.length, 1)
  await rest.get('/secrets/default/variable/nothing')
  await eventually('a line of level debug', 5000, () =>
    server.lines.some((line) => line.includes('"level":"debug"')),
  )

  const back = await apply('')
  assert.match(back, /"reloaded"/)
  assert.equal((await rest.get('/metrics')).status, 404)
})

test('settings that are wrong change nothing, and those that need a restart are named', async () => {
  await using home = await serverHome()
  const { server, apply } = await openScene(home, 'metrics: on\n')
  const rest = await home.admin(server)
  const refused = await apply('metrics: off\nlog-level: loud\n')
  assert.match(refused, /"cannot reload".*log-level/)
  assert.equal((await rest.get('/metrics')).status, 200)

  await apply('metrics: on\naccount: another\n')
  await eventually('the warning', 5000, () =>
    server.lines.some((line) => /need a restart.*"restart":\["account"\]/.test(line)),
  )
})

test('a server that was killed is not mistaken for one that runs, whoever has its number now', async () => {
  await using home = await serverHome()
  const server = await home.start()
  await server.kill()
  // The very process that runs this test has the number, and did not begin when the server did.
  await writeFile(join(home.dataDir, 'servers', String(process.pid)), '1\n')
  const run = await admin({ STRONGROOM_DATA_DIR: home.dataDir }, ['configuration', 'apply'])
  assert.equal(run.exitCode, 1)
  assert.match(run.stderr, /not currently running/)
})
