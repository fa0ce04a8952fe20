import { after, before } from 'node:test'
import { onceStoreConformance } from '../conformance/once-store.ts'
import { openTestStore, startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase

before(async () => {
  database = await startDatabase()
})
after(() => database[Symbol.asyncDispose]())

onceStoreConformance('PostgreSQL', () => openTestStore(database.connection))
