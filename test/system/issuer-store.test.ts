import { after, before } from 'node:test'
import { issuerStoreConformance } from '../conformance/issuer-store.ts'
import { openTestStore, startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase

before(async () => {
  database = await startDatabase()
})
after(() => database[Symbol.asyncDispose]())

issuerStoreConformance('PostgreSQL', () => openTestStore(database.connection))
