/** The yardstick: a `node:http` server that answers every request with the same few bytes, and does nothing else. */
import { createServer } from 'node:http'

const body = '{"hello":"world"}'
const server = createServer((_request, response) => {
  response.writeHead(200, [
    'Content-Type',
    'application/json',
    'Content-Length',
    String(body.length),
  ])
  response.end(body)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`)
})
