import { parentPort } from 'node:worker_threads'
import { serveCompiles } from '#compiler/serve.ts'

// The thread in which a server reads large policies.

if (parentPort === null) throw new Error('this program runs as a thread of the server')
serveCompiles(parentPort)
