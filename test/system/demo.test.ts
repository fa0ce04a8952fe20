import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { readAdminKey } from '../../scripts/server-process.ts'
import { postmasterOf, signalTo } from './processes.ts'
import { type Transcript, transcriptOf } from './program.ts'
import { mustBe } from './rest.ts'
import { serverHome } from './server-home.ts'

const DEMO = join(import.meta.dirname, '..', '..', 'demo', 'main.ts')

/** Runs the demo to its end; none of its processes outlives it. */
async function runDemo(folder: string): Promise<Transcript> {
  const demo = spawn(process.execPath, [DEMO, '--exit'], {
    env: { ...process.env, HOME: folder, STRONGROOM_DEMO_HOME: folder },
    stdio: 'pipe',
    // A group of its own, so that a demo which fails can be ended with all that it started.
    detached: true,
  })
  try {
    return await transcriptOf(demo)
  } finally {
    if (demo.pid !== undefined) signalTo(-demo.pid, 'SIGTERM')
  }
}

test('the demo shows the main job from an empty folder, does so again, and shows no secret', async () => {
  await using home = await serverHome()
  let shown = ''
  for (const begin of ['This was its first start', 'It found the data of the last run again']) {
    const { exitCode, stdout, stderr } = await runDemo(home.folder)
    assert.equal(exitCode, 0, stderr)
    assert.equal(stderr, '')
    assert.deepEqual(
      [...stdout.matchAll(/^\D*(\d)\. [A-Z]/gm)].map(([, step]) => Number(step)),
      [1, 2, 3, 4, 5, 6, 7, 8],
    )
    assert.ok(stdout.includes(begin))
    assert.match(stdout, /app: user cart, a password of 24 characters/)
    assert.match(stdout, /failure {2}host\/shop\/mailer tried to fetch/)
    assert.equal(postmasterOf(home.dataDir), undefined)
    shown += stdout
  }

  const admin = await home.admin(await home.start())
  const stored = [await admin.read('shop/db/password'), await admin.read('shop/db/ca-certificate')]
  const token = await readFile(join(home.folder, 'pods', 'cart-6d5f9c7b8-x2v7k', 'token'), 'utf8')
  const secrets = [
    ...stored.map((answer) => mustBe(200, answer).body.toString()),
    await readAdminKey(home.dataDir),
    token,
  ]
  const lines = secrets.flatMap((secret) => secret.split('\n')).filter((line) => line !== '')
  for (const line of lines) assert.ok(!shown.includes(line), line)
  assert.match(shown, /"api_key": "…"/)
  assert.doesNotMatch(shown, /"api_key": "\w/)
})
