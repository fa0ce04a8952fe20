import { storeConformance } from '../conformance/store.ts'
import { memoryDatabase } from './memory-store.ts'

const database = memoryDatabase()

storeConformance('the store in memory', async () => database.open())
