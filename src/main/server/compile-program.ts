/** The program of the thread that reads policies: beside the bundle of the server, or in a checkout that was not built the source. */
export const COMPILE_PROGRAM: URL = import.meta.url.endsWith('.ts')
  ? new URL('../policy-compiler.ts', import.meta.url)
  : new URL('policy-compiler.js', import.meta.url)
