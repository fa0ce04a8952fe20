import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { HOST_FACTORIES } from '#http/about/host-factories.ts'
import { createListener } from '#http/listener.ts'
import { route } from '#http/route.ts'
import { createRoutes } from '#http/router.ts'
import { listen } from '#http/server.ts'
import { Failure } from '#lib/failure.ts'
import { jsonLog } from '#lib/log.ts'

/** The log lines of a request that a route refuses. */
async function linesOf(path: string): Promise<readonly string[]> {
  const lines: string[] = []
  const refuse = async (): Promise<never> => {
    throw new Failure('forbidden', 'no')
  }
  const listener = createListener({
    router: createRoutes([
      route('DELETE', '/host_factory_tokens/:token', HOST_FACTORIES.revokeToken, refuse, {
        access: 'open',
      }),
    ]),
    readToken: refuse,
    readAddress: () => '192.0.2.1',
    readCertificates: () => [],
    log: jsonLog(
      'debug',
      (line) => lines.push(line),
      () => new Date(0),
    ),
  })
  const server = await listen(listener, { host: '127.0.0.1', port: 0 })
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  request({ port: server.port, host: '127.0.0.1', method: 'DELETE', path }, (response) => {
    response.resume().on('end', () => resolve(undefined))
  })
    .on('error', reject)
    .end()
  await promise
  await server.stop(0)
  return lines
}

test('`error-canary`: neither a key in a path nor a query reaches the log', async () => {
  const token = '1bfpyr3y41kb039ykpyf2hm87ez2dv9hdc3r5sh1n2h9z7j22mga2da'
  for (const path of [`/host_factory_tokens/${token}?${token}`, `/nowhere/${token}/x?a=${token}`]) {
    const [line = '', ...more] = await linesOf(path)
    assert.deepEqual(more, [])
    assert.match(line, /"path":"\/(?:host_factory_tokens\/…|nowhere\/…\/x)"/)
    assert.ok(!line.includes(token))
  }
})
