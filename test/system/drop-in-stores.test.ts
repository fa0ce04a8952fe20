import { after, before } from 'node:test'
import { annotationStoreConformance } from '../conformance/annotation-store.ts'
import { lockOutStoreConformance } from '../conformance/lock-out-store.ts'
import { restoreStoreConformance } from '../conformance/restore-store.ts'
import { openTestStore, startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase

before(async () => {
  database = await startDatabase()
})
after(() => database[Symbol.asyncDispose]())

annotationStoreConformance('PostgreSQL', () => openTestStore(database.connection))
lockOutStoreConformance('PostgreSQL', () => openTestStore(database.connection))
restoreStoreConformance('PostgreSQL', () => openTestStore(database.connection))
