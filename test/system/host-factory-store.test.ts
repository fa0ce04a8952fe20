import { after, before } from 'node:test'
import { hostFactoryStoreConformance } from '../conformance/host-factory-store.ts'
import { publicKeyStoreConformance } from '../conformance/public-key-store.ts'
import { openTestStore, startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase

before(async () => {
  database = await startDatabase()
})
after(() => database[Symbol.asyncDispose]())

hostFactoryStoreConformance('PostgreSQL', () => openTestStore(database.connection))
publicKeyStoreConformance('PostgreSQL', () => openTestStore(database.connection))
