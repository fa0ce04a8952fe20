/** Where is kept what may be used once, for all nodes together. test/conformance/once-store.ts is its contract. */
export interface OnceStore {
  /**
   * Whether nobody has used what has this digest before; nobody will be able to until `until`. Of any number of calls at a time, on
   * whichever nodes, one is told so. What was used is forgotten some time after its `until`; both times are milliseconds since 1970.
   */
  useOnce(digest: Uint8Array, until: number, now: number): Promise<boolean>
}
