import { after, before } from 'node:test'
import { factorStoreConformance } from '../conformance/factor-store.ts'
import { openTestStore, startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase

before(async () => {
  database = await startDatabase()
})
after(() => database[Symbol.asyncDispose]())

factorStoreConformance('PostgreSQL', () => openTestStore(database.connection))
