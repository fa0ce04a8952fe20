import { parentPort, workerData } from 'node:worker_threads'
import { serveLists } from '#authn/cert/list-thread.ts'

// The thread in which a server reads revocation lists.

if (parentPort === null) throw new Error('this program runs as a thread of the server')
// oxlint-disable-next-line typescript/no-unsafe-argument -- it is what the server started the thread with
await serveLists(parentPort, workerData)
