/** A server process of the tests: starts an embedded database in the folder it is given, says so, and exits when its input ends. */
import { Failure } from '#lib/failure.ts'
import { startEmbedded } from '#storage/embedded/server.ts'

const [, , dataDir = ''] = process.argv
try {
  const { pid } = await startEmbedded({ dataDir, log: () => undefined })
  process.stdout.write(`ready ${pid}\n`)
} catch (error) {
  if (!(error instanceof Failure)) throw error
  process.stdout.write(`failed ${error.code} ${error.message}\n`)
}
// Without a stop: a server that exits must not leave its database behind.
process.stdin.on('end', () => process.exit(0)).resume()
