/** The program of the thread that reads revocation lists: beside the bundle of the server, or in a checkout that was not built the source. */
export const REVOCATION_PROGRAM: URL = import.meta.url.endsWith('.ts')
  ? new URL('../revocation-reader.ts', import.meta.url)
  : new URL('revocation-reader.js', import.meta.url)
