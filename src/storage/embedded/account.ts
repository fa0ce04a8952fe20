import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { Failure } from '#lib/failure.ts'

/** A user of the operating system. */
export interface OsUser {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** Who runs what: this process, and the database that it starts. They differ when this process is root. */
export interface Accounts {
  readonly self: OsUser
  readonly database: OsUser
}

/** Under which names a server that is root runs its database, the first that exists. */
const UNPRIVILEGED = ['strongroom', 'nobody']

/**
 * The users of this process and of its database. PostgreSQL refuses to run as root, so root lends it an unprivileged user.
 * Throws `configuration` when this process's uid has no name (PostgreSQL needs one), or when root finds no user to lend.
 */
export async function databaseAccounts(): Promise<Accounts> {
  const self = ownUser()
  if (self.uid !== 0) return { self, database: self }
  const users = await namedUsers()
  const database = UNPRIVILEGED.map((name) => users.get(name)).find((user) => user !== undefined)
  if (database === undefined) {
    throw new Failure('configuration', 'the embedded database cannot run as root', {
      hint: 'create a user named strongroom, or set DATABASE_URL',
    })
  }
  return { self, database }
}

function ownUser(): OsUser {
  try {
    const { username, uid, gid } = userInfo()
    return { name: username, uid, gid }
  } catch (cause) {
    throw new Failure(
      'configuration',
      `the embedded database needs a user name, and uid ${process.getuid?.() ?? 'unknown'} has none`,
      {
        cause,
        hint: 'add the uid to /etc/passwd, or set DATABASE_URL to a PostgreSQL of your own',
      },
    )
  }
}

async function namedUsers(): Promise<ReadonlyMap<string, OsUser>> {
  const text = await readFile('/etc/passwd', 'utf8')
  const users = text.split('\n').map((line) => {
    const [name = '', , uid, gid] = line.split(':')
    return { name, uid: Number(uid), gid: Number(gid) }
  })
  return new Map(users.filter(({ uid }) => uid > 0).map((user) => [user.name, user]))
}
