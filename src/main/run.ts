import { homedir } from 'node:os'
import { readTextFile } from '#client/private-file.ts'
import { describeError } from '#client/report.ts'
import { run } from '#run/run.ts'
import { serverValues } from '#run/server-values.ts'
import { VERSION } from './version.ts'

const tell = (error: unknown): void => void process.stderr.write(describeError(error))

const say = (text: string): void => void process.stderr.write(`strongroom: ${text}\n`)

/** `strongroom run`, with the arguments after `run`; resolves to its exit code. */
export const main = (argv: readonly string[]): Promise<number> =>
  run(argv, {
    environment: process.env,
    folder: process.cwd(),
    version: VERSION,
    readText: readTextFile,
    print: (text) => void process.stdout.write(text),
    tell,
    async resolver({ debug }) {
      // Loaded here because a file of literals needs neither a server nor TLS.
      const { connect } = await import('#client/connect.ts')
      const client = await connect(
        { environment: process.env, home: homedir(), warn: say },
        debug ? { observe: ({ method, path, status }) => say(`${method} ${path} ${status}`) } : {},
      )
      return async (ids) => {
        try {
          return await serverValues(client)(ids)
        } finally {
          client.close()
        }
      }
    },
  })
