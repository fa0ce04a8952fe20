import type { Id } from '#domain/id.ts'

/** Reads the annotations of many resources at once; test/conformance/annotation-store.ts is its contract. */
export interface AnnotationStore {
  /** The annotations by resource, sorted by name; a resource without any is not in the map. Throws `unavailable` like the store. */
  annotationsOf(resources: readonly Id[]): Promise<ReadonlyMap<Id, ReadonlyMap<string, string>>>
}
