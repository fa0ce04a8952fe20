import { annotationStoreConformance } from '../conformance/annotation-store.ts'
import { factorStoreConformance } from '../conformance/factor-store.ts'
import { hostFactoryStoreConformance } from '../conformance/host-factory-store.ts'
import { issuerStoreConformance } from '../conformance/issuer-store.ts'
import { onceStoreConformance } from '../conformance/once-store.ts'
import { publicKeyStoreConformance } from '../conformance/public-key-store.ts'
import { storeConformance } from '../conformance/store.ts'
import { memoryDatabase } from './memory-store.ts'

const database = memoryDatabase()

storeConformance('the store in memory', async () => database.open())
annotationStoreConformance('the store in memory', async () => database.open())
factorStoreConformance('the store in memory', async () => database.open())
hostFactoryStoreConformance('the store in memory', async () => database.open())
issuerStoreConformance('the store in memory', async () => database.open())
onceStoreConformance('the store in memory', async () => database.open())
publicKeyStoreConformance('the store in memory', async () => database.open())
