import * as fs from 'node:fs'

/** Which file a path leads to, whatever its name. The number of a file that is gone is given to a later one, so its birth counts, too. */
export const identityOf = ({ dev, ino, birthtimeNs }: fs.BigIntStats): string =>
  `${dev}:${ino}:${birthtimeNs}`

/** Writes a file that must not be there yet, through no link, durably, with exactly the permissions `mode`; gives its identity. */
export function writeNew(path: string, value: Uint8Array, mode: number): string {
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = fs.constants
  // Nobody else may open it before it has the permissions that it is to have.
  const file = fs.openSync(path, O_WRONLY | O_CREAT | O_EXCL | (O_NOFOLLOW ?? 0), 0o600)
  try {
    fs.writeFileSync(file, value)
    fs.fchmodSync(file, mode)
    fs.fsyncSync(file)
    return identityOf(fs.fstatSync(file, { bigint: true }))
  } finally {
    fs.closeSync(file)
  }
}
